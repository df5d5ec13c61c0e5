"""Telling of a job's change: to the outbox in the same transaction, to watchers after it."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from accounts.services.outbox import emit
from documents.models import Job
from documents.progress import job_snapshot, publish


def announce(job: Job) -> None:
    """Write the event ``job.<state>`` and show the state to watchers once it is committed.

    For the states that a job enters once: queued at its beginning, and its end, which is told to
    the job's own address, too.
    """
    emit(
        tenant_id=job.tenant_id,
        type=f"job.{job.state}",
        subject=f"job:{job.id}",
        payload=dict(job_snapshot(job)),
        request_id=job.request_id,
        callback_url=job.webhook_url if job.is_ended else "",
    )
    show(job)


def show(job: Job) -> None:
    """Show the state to watchers once it is committed; no event, since it may come again."""
    transaction.on_commit(partial(publish, job))
