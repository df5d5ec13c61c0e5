"""Asking for work on many documents: open a batch, start it, cancel it, try its failures again.

Its items are jobs of their own; ``services/batch_items.py`` puts them in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import AuditAction
from accounts.services.audit import record
from accounts.services.webhook_endpoints import callback_endpoint
from accounts.services.webhook_inputs import refuse_webhook_url
from billing.services.quota import release_all
from config.errors import Conflict
from config.request_id import current_request_id
from documents.batch_queries import BatchMissing
from documents.events import announce_all, announce_batch, count_ends
from documents.models import Batch, BatchItem, Job
from documents.models.batch import OPEN_FOR
from documents.services.batch_jobs import drop_unfit, queue_jobs
from documents.services.jobs import authorise, made_by
from documents.services.names import clean_title
from documents.watermark.spec import WatermarkSpec

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.services.jobs import Actor


class BatchEmpty(Conflict):
    """There is nothing to start."""

    code = "batch_empty"
    message = "This batch has no items yet."


class BatchEnded(Conflict):
    """Nothing of it waits or runs."""

    code = "batch_ended"
    message = "This batch has ended already."


class NothingToRetry(Conflict):
    """Every item has its copy, or can have none."""

    code = "nothing_to_retry"
    message = "This batch has no item that failed and can be tried again."


def open_batch(
    *, principal: Principal, spec: WatermarkSpec, title: str = "", webhook_url: str = ""
) -> Batch:
    """Open an empty batch whose items will be marked by ``spec``.

    ``webhook_url``: an address that is told of its end, beside the tenant's endpoints. Raises
    Invalid for one that cannot be told.
    """
    principal.require("jobs:write")
    refuse_webhook_url(webhook_url)
    with transaction.atomic():
        if webhook_url:
            callback_endpoint(tenant_id=principal.tenant_id)
        return Batch.objects.create(
            tenant_id=principal.tenant_id,
            title=clean_title(title),
            spec=spec.as_dict(),
            webhook_url=webhook_url,
            request_id=current_request_id(),
            **made_by(principal),
        )


def start_batch(*, principal: Actor, batch_id: UUID) -> Batch:
    """Queue a job for each item; asked again (a second click) it is the batch as it is.

    Raises BatchMissing, BatchEmpty, BatchEnded (cancelled before) and QuotaExceeded, which
    starts nothing.
    """
    with transaction.atomic():
        batch = batch_of(principal, batch_id, is_locked=True)
        if batch.runs:
            return batch
        if batch.is_ended:
            raise BatchEnded
        if not batch.total:
            raise BatchEmpty
        return _run(principal, batch, _waiting_items(batch))


def retry_failed(*, principal: Actor, batch_id: UUID) -> Batch:
    """Queue a new job for each item that ended without a copy; the old jobs stay as they are.

    While it runs, asking again is answered with the batch as it is. Raises BatchMissing,
    NothingToRetry and QuotaExceeded.
    """
    with transaction.atomic():
        batch = batch_of(principal, batch_id, is_locked=True)
        if batch.state == Batch.State.RUNNING:
            return batch
        items = BatchItem.objects.filter(batch=batch).to_try_again()
        again = list(items.select_related("document__blob", "job").order_by("position"))
        if not again:
            raise NothingToRetry
        if batch.webhook_url:
            callback_endpoint(tenant_id=batch.tenant_id)
        for state in Batch.COUNTED:
            those = sum(item.job is not None and item.job.state == state for item in again)
            setattr(batch, state, getattr(batch, state) - those)
        batch.cancel_requested_at = batch.finished_at = None
        return _run(principal, batch, again)


def cancel_batch(*, principal: Actor, batch_id: UUID) -> Batch:
    """Cancel what waits at once and ask the workers of what runs to stop.

    Returns the batch as it is now; while something runs it has ``cancel_requested_at``. Raises
    BatchMissing and BatchEnded.
    """
    with transaction.atomic():
        batch = batch_of(principal, batch_id)
        if batch.runs:
            cancelled = _cancel_running(batch)
        else:
            cancelled = _cancel_open(batch, cancel_requested_at=Now())
        if cancelled is None:
            raise BatchEnded
        _record_cancel(batch, principal)
    return cancelled


def expire_batches(*, limit: int = 50) -> int:
    """Cancel up to ``limit`` batches that nobody has started for a week; return how many.

    Their documents stay: they are the workspace's. Any number of callers may do this at once.
    """
    ended = 0
    while ended < limit and _expire_next():
        ended += 1
    return ended


def _expire_next() -> bool:
    """Cancel the oldest that is due, in a transaction of its own: the audit log is the tenant's."""
    with transaction.atomic():
        due = Batch.objects.filter(state=Batch.State.OPEN, created_at__lt=Now() - OPEN_FOR)
        free = due.select_for_update(skip_locked=True, no_key=True).order_by("created_at")
        batch = free.first()
        if batch is None:
            return False
        _cancel_open(batch)
        _record_cancel(batch, None, reason="not started")
    return True


def batch_of(actor: Actor, batch_id: UUID, *, is_locked: bool = False) -> Batch:
    """Return a batch that the actor may change, locked until the transaction ends or not.

    Raises BatchMissing, and Forbidden in its kinds.
    """
    batches = Batch.objects.filter(pk=batch_id)
    batch = (batches.select_for_update(no_key=True) if is_locked else batches).first()
    if batch is None:
        raise BatchMissing
    authorise(actor, batch.tenant_id)
    return batch


def _waiting_items(batch: Batch) -> list[BatchItem]:
    items = BatchItem.objects.filter(batch=batch, job=None, error_code="")
    return list(items.select_related("document__blob").order_by("position"))


def _run(actor: Actor, batch: Batch, items: Sequence[BatchItem]) -> Batch:
    """Make ``batch``, whose row is locked, run with a new job for each of ``items``."""
    fit = drop_unfit(batch, items)
    Batch.objects.filter(pk=batch.pk).update(
        state=Batch.State.RUNNING,
        runs=F("runs") + 1,
        seq=F("seq") + 1,
        started_at=Now(),
        finished_at=None,
        cancel_requested_at=None,
        failed=batch.failed + len(items) - len(fit),
        **{name: getattr(batch, name) for name in Batch.COUNTED if name != "failed"},
    )
    queue_jobs(actor=actor, batch=batch, items=fit)
    batch.refresh_from_db()
    announce_batch(batch)
    # With nothing but failures it has ended with its start.
    ended = Batch.objects.count_ends(batch.pk) if batch.ended == batch.total else None
    if ended is not None:
        announce_batch(ended)
    return ended or batch


def _record_cancel(batch: Batch, actor: Actor | None, **more: str) -> None:
    record(
        tenant_id=batch.tenant_id,
        actor=actor,
        action=AuditAction.BATCH_CANCELLED,
        subject=f"batch:{batch.pk}",
        details={"was": batch.state, "items": batch.total - batch.ended, **more},
    )


def _cancel_open(batch: Batch, **more: Any) -> Batch | None:
    waiting = Batch.objects.filter(pk=batch.pk, state=Batch.State.OPEN)
    left = F("total") - F("failed")
    changes: dict[str, Any] = {"cancelled": left, "seq": F("seq") + 1, "finished_at": Now()}
    if not waiting.update(state=Batch.State.CANCELLED, **changes, **more):
        return None
    batch = Batch.objects.get(pk=batch.pk)
    announce_batch(batch)
    return batch


def _cancel_running(batch: Batch) -> Batch | None:
    """Jobs, then the allowance, then the batch: the order in which workers lock them, too."""
    live = Job.objects.filter(batch_item__batch=batch, state__in=Job.LIVE_STATES)
    jobs = list(live.select_for_update(of=("self",), no_key=True).order_by("pk"))
    waiting = [job.pk for job in jobs if job.state == Job.State.QUEUED]
    running = [job.pk for job in jobs if job.state == Job.State.RUNNING]
    these = Job.objects.filter(pk__in=waiting)
    these.update(state=Job.State.CANCELLED, finished_at=Now(), seq=F("seq") + 1)
    Job.objects.filter(pk__in=running, cancel_requested_at=None).update(
        cancel_requested_at=Now(), seq=F("seq") + 1
    )
    cancelled = list(these)
    release_all(sources=[job.source for job in cancelled])
    # Who watches one of them hears of it when the hub reads the rows next.
    announce_all(cancelled)
    return count_ends(cancelled, batch_id=batch.pk, is_request=True)
