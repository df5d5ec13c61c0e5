"""How streams of events begin; ``documents/event_lane.py`` goes on with it."""

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
from documents import batch_queries, queries
from documents.api.batch_examples import batch_example
from documents.api.examples import job_example
from documents.batch_progress import batch_snapshot
from documents.event_stream import FOLLOWING_KEY, MEDIA_TYPE, Following, beginning, event
from documents.models import Job
from documents.progress import job_snapshot, queue_positions
from documents.watched import Snapshot, Watched, WatchedBatch, WatchedJob

_NOT_TOLD = ("charge", "warnings", "config", "webhook_url", "retry_of", "download_url")
_RUNNING = {name: value for name, value in job_example("running").items() if name not in _NOT_TOLD}
_BATCH_NOT_TOLD = ("expires_at", "config", "items_url", "manifest_url", "archive_url")
_RUNNING_BATCH = {
    name: value
    for name, value in batch_example("running", succeeded=20).items()
    if name not in _BATCH_NOT_TOLD
}
_SEEN = OpenApiParameter(
    "Last-Event-ID",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The id of the last event that arrived.",
    examples=[OpenApiExample("seq", "6")],
)


def _answers(kind: str, example: dict[str, Any]) -> dict[Any, OpenApiResponse]:
    text = f"retry: 2000\n{event(f'{kind}.snapshot', example).decode()}"  # type: ignore[arg-type] # an example
    return {
        (200, MEDIA_TYPE): OpenApiResponse(
            OpenApiTypes.STR, "The events.", [OpenApiExample("running", text)]
        ),
        204: OpenApiResponse(None, "Ended, as you know."),
    }


class EventsQuery(Shape):
    """How a browser shows who it is."""

    ticket = serializers.CharField(
        required=False, max_length=200, help_text="From `POST /api/v1/ws-tickets/`, used up here."
    )


class EventsView(Endpoint):
    """One thing, live."""

    required_scopes = {"GET": "jobs:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": EventsQuery}
    refusals = {"GET": ("invalid_ticket", "too_many_streams")}

    def get_authenticators(self) -> list[Any]:
        """Let a ticket in, too."""
        return [TicketAuthentication(), *super().get_authenticators()]

    def begin(self, request: Request, watched: Watched, first: Snapshot) -> HttpResponse:
        """Return the beginning of a stream, and tell the lane how it goes on."""
        content = beginning(watched, first, request.headers.get("Last-Event-ID"))
        if content is None:
            return HttpResponse(status=204)
        asked = request._request
        following = asked.META.get(FOLLOWING_KEY)
        if isinstance(following, Following):
            following.principal = self.principal
            following.credential = getattr(asked, "ticket_credential", None)
            following.watched, following.first = watched, first
        headers = {"X-Accel-Buffering": "no"}  # nginx would keep events until it has many
        return HttpResponse(content, content_type=MEDIA_TYPE, headers=headers)


class JobEventsView(EventsView):
    """One job, live."""

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
        responses=_answers("job", _RUNNING),
        headers=[_SEEN],
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponse:
        """Begin to tell a job's states."""
        job = queries.job_for(self.principal, job_id)
        waits = [job.pk] if job.state == Job.State.QUEUED else []
        first = job_snapshot(job, queue_position=queue_positions(waits).get(job.pk))
        return self.begin(request, WatchedJob(job.pk), first)


class BatchEventsView(EventsView):
    """One batch, live."""

    @operation(
        "followBatch",
        tag="Batches",
        summary="Follow a batch",
        description=(
            "Server-sent events as those of a job: first `batch.snapshot` with the batch as it is"
            " now, then `batch.changed`, four a second at most, each with the fields of a batch up"
            " to `finished_at` as JSON and `seq` as its id. Steps may be left out, the end never"
            " is: the stream ends after the state in which the batch ended. An open batch is"
            " followed, too, while items are put in."
        ),
        responses=_answers("batch", _RUNNING_BATCH),
        headers=[_SEEN],
    )
    def get(self, request: Request, batch_id: uuid.UUID) -> HttpResponse:
        """Begin to tell a batch's states."""
        batch = batch_queries.batch_for(self.principal, batch_id)
        return self.begin(request, WatchedBatch(batch.pk), batch_snapshot(batch))
