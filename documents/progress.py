"""The state of a job as watchers see it: one shape for API, socket and page; how it travels.

Progress is a state, not a log: only the newest matters, the row is the truth, and a message
that does not arrive costs a watcher a second or two, never the end of the story.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import connection

from config.valkey import valkey
from documents.models import Job


class Progress(TypedDict):
    """How far the work is: ``percent`` 0–100, ``pages`` None until counted."""

    percent: int
    page: int
    pages: int | None
    stage: str


class JobProblem(TypedDict):
    """Why a job failed; ``retryable``: whether trying again can help."""

    code: str
    message: str
    retryable: bool


class JobSnapshot(TypedDict):
    """A job at one moment. ``seq`` grows with every change; instants are RFC 3339 in UTC.

    ``queue_position`` counts the tenant's own jobs that are ahead, plus one; None when the job
    does not wait, or when nobody counted.
    """

    id: str
    document_id: str
    batch_id: str | None
    state: str
    seq: int
    progress: Progress
    queue_position: int | None
    error: JobProblem | None
    attempt: int
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: str | None


def job_snapshot(job: Job, *, queue_position: int | None = None) -> JobSnapshot:
    """Return what a watcher may see of ``job``."""
    return {
        "id": str(job.id),
        "document_id": str(job.document_id),
        "batch_id": str(job.batch_id) if job.batch_id else None,
        "state": str(job.state),
        "seq": job.seq,
        "progress": {
            "percent": job.percent,
            "page": job.page,
            "pages": job.pages,
            "stage": job.stage,
        },
        "queue_position": queue_position if job.state == Job.State.QUEUED else None,
        "error": _problem(job),
        "attempt": job.attempt,
        "cancel_requested": job.cancel_requested_at is not None,
        "created_at": rfc3339(job.created_at),
        "started_at": _instant(job.started_at),
        "finished_at": _instant(job.finished_at),
        "expires_at": _instant(job.expires_at),
    }


def _problem(job: Job) -> JobProblem | None:
    if not job.error_code:
        return None
    return {
        "code": job.error_code,
        "message": job.error_message,
        "retryable": job.error_retryable,
    }


def rfc3339(moment: datetime) -> str:
    """Return an instant in UTC as APIs write it (RFC 3339, 5.6)."""
    return moment.isoformat().replace("+00:00", "Z")


def _instant(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def read_snapshots(job_ids: Collection[UUID]) -> list[JobSnapshot]:
    """Return what is true of these jobs now, with their places in the queue; unknown ids miss."""
    jobs = list(Job.objects.filter(pk__in=job_ids))
    places = queue_positions([job.pk for job in jobs if job.state == Job.State.QUEUED])
    return [job_snapshot(job, queue_position=places.get(job.pk)) for job in jobs]


def queue_positions(job_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the place of each waiting job among its tenant's, from 1; counted to 1,000."""
    if not job_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, [list(job_ids)])
        return dict(cursor.fetchall())


_POSITIONS = """
    SELECT job.id, 1 + (SELECT count(*) FROM (
        SELECT FROM documents_job ahead
        WHERE ahead.tenant_id = job.tenant_id AND ahead.state = 'queued'
            AND (ahead.run_after, ahead.id) < (job.run_after, job.id)
        LIMIT 999) AS counted)
    FROM documents_job job WHERE job.id = ANY(%s) AND job.state = 'queued'
"""


def channel_of(job_id: UUID | str) -> str:
    """Return the name of the pub/sub channel on which a job's states are told."""
    return f"{settings.CHANNEL_PREFIX}.job.{job_id}"


def publish(job: Job) -> None:
    """Tell the watchers of ``job`` its state, at most once; never raises for Valkey's sake."""
    message = json.dumps(job_snapshot(job))
    valkey().attempt("publish", lambda client: client.publish(channel_of(job.id), message))
