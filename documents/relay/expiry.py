"""Throwing away what nobody needs any more: the row first, then the bytes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from billing.services.quota import release
from documents.events import announce
from documents.models import Blob, Job
from documents.relay.lock_order import in_lock_order
from documents.storage import StorageAway, blob_store

BATCH = 50
# Nobody waits longer than this for a copy.
LONGEST_QUEUE = timedelta(days=1)


def expire_results() -> int:
    """Forget marked copies whose time is over; their jobs have succeeded all the same."""
    with transaction.atomic():
        jobs = list(
            Job.objects.select_for_update(skip_locked=True)
            .filter(state=Job.State.SUCCEEDED, result__isnull=False, expires_at__lte=Now())
            .order_by("expires_at")[:BATCH]
        )
        _forget_results(jobs)
    return len(jobs)


def expire_waiting() -> int:
    """End jobs that have waited for a whole day."""
    with transaction.atomic():
        jobs = list(
            Job.objects.select_for_update(skip_locked=True)
            .filter(state=Job.State.QUEUED, created_at__lt=Now() - LONGEST_QUEUE)
            .order_by("created_at")[:BATCH]
        )
        for job in in_lock_order(jobs):
            job.change(state=Job.State.EXPIRED, finished_at=Now())
            release(source=job.source)
            announce(job)
    return len(jobs)


def _forget_results(jobs: Iterable[Job]) -> None:
    results = {job.pk: job.result_id for job in jobs}
    Job.objects.filter(pk__in=results).update(result=None, result_purged_at=Now(), seq=F("seq") + 1)
    _forget_blobs(results.values())


def _forget_blobs(blob_ids: Iterable[UUID | None]) -> None:
    ids = [blob_id for blob_id in blob_ids if blob_id]
    Blob.objects.filter(pk__in=ids).delete()
    transaction.on_commit(lambda: _delete_bytes(ids), robust=True)


def _delete_bytes(blob_ids: Iterable[UUID]) -> None:
    with suppress(StorageAway):  # then they are orphans, and collected
        for blob_id in blob_ids:
            blob_store().delete(blob_id)
