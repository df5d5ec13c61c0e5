"""The sockets' addresses."""

from __future__ import annotations

from channels.routing import URLRouter
from django.urls import path, re_path

from documents.consumers import BatchConsumer, JobConsumer, NoSuchSocket
from documents.event_consumer import EventsConsumer

websocket_application = URLRouter(
    [
        path("ws/v1/jobs/<uuid:job_id>/", JobConsumer.as_asgi()),
        path("ws/v1/batches/<uuid:batch_id>/", BatchConsumer.as_asgi()),
        path("ws/v1/events/", EventsConsumer.as_asgi()),
        re_path("", NoSuchSocket.as_asgi()),
    ]
)
