"""Telling of a change: to the outbox in the same transaction, to watchers after it.

The end of a job is told to its batch, too, which counts it and may end with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction

from accounts.models import NotificationKind
from accounts.services.notifications import notify
from accounts.services.outbox import Fact, emit, emit_all
from documents.batch_progress import batch_snapshot, publish_batch
from documents.models import Batch, Job
from documents.progress import job_snapshot, publish


def announce(job: Job) -> None:
    """Write the event ``job.<state>`` and show the state to watchers once it is committed.

    For the states that a job enters once: queued at its beginning, and its end, which is told to
    the job's own address, too. The last of what the transaction locks, but for the audit log: the
    end of a job locks its batch.
    """
    announce_all([job])
    show(job)
    if job.batch_id and job.is_ended:
        count_ends([job], batch_id=job.batch_id)


def announce_all(jobs: Sequence[Job]) -> None:
    """Write the events of many jobs at once; no more, since nobody watches so many yet."""
    emit_all([_fact(job) for job in jobs])


def show(job: Job) -> None:
    """Show the state to watchers once it is committed; no event, since it may come again."""
    transaction.on_commit(partial(publish, job))


def count_ends(jobs: Sequence[Job], *, batch_id: UUID, is_request: bool = False) -> Batch | None:
    """Count ended jobs of a batch (``documents.models.batch``), and tell if it has ended, too.

    None when the batch does not run.
    """
    ends = {state: sum(job.state == state for job in jobs) for state in Batch.COUNTED}
    batch = Batch.objects.count_ends(batch_id, is_request=is_request, **ends)
    if batch is not None:
        announce_batch(batch) if batch.is_ended else show_batch(batch)
    return batch


def announce_batch(batch: Batch) -> None:
    """Write the event ``batch.<state>`` and show the state to watchers once it is committed.

    A batch may end once for each time it was started, and its subject tells which.
    """
    state = "started" if batch.state == Batch.State.RUNNING else batch.state
    run = f":{batch.runs}" if batch.runs > 1 else ""
    emit(
        tenant_id=batch.tenant_id,
        type=f"batch.{state}",
        subject=f"batch:{batch.id}{run}",
        payload=dict(batch_snapshot(batch)),
        request_id=batch.request_id,
        callback_url=batch.webhook_url if batch.is_ended else "",
    )
    if batch.is_ended and batch.created_by_id and batch.state != Batch.State.CANCELLED:
        _tell_starter(batch)
    show_batch(batch)


def show_batch(batch: Batch) -> None:
    """Show the state to watchers once it is committed."""
    transaction.on_commit(partial(publish_batch, batch))


def _tell_starter(batch: Batch) -> None:
    """Tell the person who made the batch; what a program made is told by webhooks."""
    name = f"“{batch.title}”" if batch.title else f"of {batch.total:,} documents"
    failed = batch.total - batch.succeeded
    notify(
        tenant_id=batch.tenant_id,
        kind=NotificationKind.BATCH_ENDED,
        text=f"Batch {name} has ended: {batch.succeeded:,} marked, {failed:,} not",
        path=f"/batches/{batch.id}/",
        user_id=batch.created_by_id,
    )


def _fact(job: Job) -> Fact:
    return Fact(
        tenant_id=job.tenant_id,
        type=f"job.{job.state}",
        subject=f"job:{job.id}",
        payload=dict(job_snapshot(job)),
        request_id=job.request_id,
        callback_url=job.webhook_url if job.is_ended else "",
    )
