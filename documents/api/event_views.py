"""How a stream of events begins; ``documents/event_lane.py`` goes on with it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.tickets import TicketAuthentication
from config.api.endpoints import Endpoint
from config.api.schema import operation
from config.api.shapes import Shape
from documents import queries
from documents.api.examples import job_example
from documents.event_stream import FOLLOWING_KEY, MEDIA_TYPE, Following, beginning, event
from documents.models import Job
from documents.progress import job_snapshot, queue_positions

_NOT_TOLD = ("warnings", "config", "retry_of", "download_url")
_RUNNING = {name: value for name, value in job_example("running").items() if name not in _NOT_TOLD}
_STREAM = f"retry: 2000\n{event('job.snapshot', _RUNNING).decode()}"  # type: ignore[arg-type] # an example


class EventsQuery(Shape):
    """How a browser shows who it is."""

    ticket = serializers.CharField(
        required=False, max_length=200, help_text="From `POST /api/v1/ws-tickets/`, used up here."
    )


class JobEventsView(Endpoint):
    """One job, live."""

    required_scopes = {"GET": "jobs:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": EventsQuery}
    refusals = {"GET": ("invalid_ticket", "too_many_streams")}

    def get_authenticators(self) -> list[Any]:
        """Let a ticket in, too."""
        return [TicketAuthentication(), *super().get_authenticators()]

    @operation(
        "followJob",
        tag="Jobs",
        summary="Follow a job",
        description=(
            "Server-sent events, for `EventSource` and `curl -N`: first `job.snapshot` with the"
            " job as it is now, then a `job.changed` for each later `seq`, each with the fields of"
            " a job up to `expires_at` as JSON and `seq` as its id. Steps may be left out, the end"
            " never is: the stream ends after the state in which the job ended. Comments keep a"
            " quiet one open. Asked again with `Last-Event-ID`, as `EventSource` does, it goes on"
            " from there; `204` says that you have seen the end. `refused` with `code` and `detail`"
            " comes where a credential stops working."
        ),
        responses={
            (200, MEDIA_TYPE): OpenApiResponse(
                OpenApiTypes.STR, "The events.", [OpenApiExample("running", _STREAM)]
            ),
            204: OpenApiResponse(None, "Ended, as you know."),
        },
        headers=[
            OpenApiParameter(
                "Last-Event-ID",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="The id of the last event that arrived.",
                examples=[OpenApiExample("seq", "6")],
            )
        ],
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        """Begin to tell a job's states."""
        job = queries.job_for(self.principal, job_id)
        waits = [job.pk] if job.state == Job.State.QUEUED else []
        first = job_snapshot(job, queue_position=queue_positions(waits).get(job.pk))
        content = beginning(first, request.headers.get("Last-Event-ID"))
        if content is None:
            return HttpResponse(status=204)
        asked = request._request
        following = asked.META.get(FOLLOWING_KEY)
        if isinstance(following, Following):
            following.principal = self.principal
            following.credential = getattr(asked, "ticket_credential", None)
            following.first = first
        headers = {"X-Accel-Buffering": "no"}  # nginx would keep events until it has many
        return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)
