"""Asking for work: start, cancel and retry jobs. Doing it is ``documents.processing``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import AuditAction, User
from accounts.principal import Principal
from accounts.services.audit import record
from accounts.services.webhook_endpoints import callback_endpoint
from accounts.services.webhook_inputs import refuse_webhook_url
from billing.services.quota import release, reserve
from config.errors import Conflict, Forbidden, Missing
from config.request_id import current_request_id
from documents.broker import wake_worker
from documents.events import announce, show
from documents.formats.outputs import copy_format
from documents.models import Document, Job
from documents.services.asset_names import hold_assets
from documents.services.kinds import check_kind
from documents.watermark.spec import WatermarkSpec

Actor: TypeAlias = Principal | User
"""Who asks: a principal of the job's tenant, or a member of staff."""

# A tenant with more than this waiting gets its turn from the relay, which is fair to the others.
NUDGED_AT_MOST = 4
# What a document is taken for until its pages have been counted; settled at the end.
PAGES_UNCOUNTED = 1
RETRYABLE_STATES = (Job.State.FAILED, Job.State.CANCELLED, Job.State.EXPIRED)


class JobEnded(Conflict):
    """The job's state is one that never changes."""

    code = "job_ended"
    message = "This job has ended already."


class JobNotRetryable(Conflict):
    """Only what failed, was cancelled or expired can be tried again."""

    code = "job_not_retryable"
    message = "Only a job that failed, was cancelled or expired can be tried again."


class DocumentDeleted(Conflict):
    """The document is gone, and its bytes with it."""

    code = "document_deleted"
    message = "This document has been deleted."


def submit_job(
    *,
    principal: Actor,
    document: Document,
    spec: WatermarkSpec,
    request_id: str = "",
    webhook_url: str = "",
) -> Job:
    """Ask for ``document`` to be marked; return the queued job. Needs no broker.

    ``webhook_url``: an address that is told of the end, beside the tenant's endpoints. Raises
    Invalid for one that cannot be told, InvalidSpec for what a document of its kind cannot have,
    ConversionUnavailable, DocumentDeleted, and QuotaExceeded when the month's allowance is used up.
    """
    authorise(principal, document.tenant_id)
    check_kind(document, spec)
    refuse_webhook_url(webhook_url)
    return _queue(
        principal, document, spec.as_dict(), request_id=request_id, webhook_url=webhook_url
    )


def retry_job(*, principal: Actor, job: Job) -> Job:
    """Ask for an ended job's work again; return the new job. The old one stays as it is.

    While a new job has not ended, asking again (a second click) returns that one. Raises
    JobNotRetryable, DocumentDeleted and QuotaExceeded.
    """
    authorise(principal, job.tenant_id)
    if job.state not in RETRYABLE_STATES:
        raise JobNotRetryable
    with transaction.atomic():
        # Locked, so that of two clicks at once the second finds what the first has made.
        Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        under_way = Job.objects.filter(retry_of=job, state__in=Job.LIVE_STATES).first()
        return under_way or _queue(
            principal, job.document, job.spec, retry_of=job, webhook_url=job.webhook_url
        )


def cancel_job(*, principal: Actor, job: Job) -> Job:
    """Stop a job: at once while it waits, within a second or so while it runs.

    Returns the job as it is now; a running one has ``cancel_requested_at``. Raises JobEnded.
    """
    authorise(principal, job.tenant_id)
    with transaction.atomic():
        # Locked, so that no worker and no sweep moves it between the look and the change.
        job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if job.is_ended:
            raise JobEnded
        was = job.state
        stop(job)
        record(
            tenant_id=job.tenant_id,
            actor=principal,
            action=AuditAction.JOB_CANCELLED,
            subject=f"job:{job.pk}",
            details={"was": was},
        )
    return job


def stop(job: Job) -> None:
    """Cancel a job that waits, ask the worker of one that runs; its row must be locked."""
    if job.state == Job.State.QUEUED:
        job.change(state=Job.State.CANCELLED, finished_at=Now())
        release(source=job.source)
        announce(job)
    elif job.cancel_requested_at is None:
        job.change(cancel_requested_at=Now())
        show(job)


def nudge(job: Job) -> None:
    """Wake a worker up for a job that is marked as dispatched; if nobody hears, unmark it.

    The relay then sends the message as soon as the broker is back.
    """
    if not wake_worker(job.pk):
        Job.objects.forget_message(job.pk)


def _queue(
    actor: Actor,
    document: Document,
    spec: Mapping[str, Any],
    *,
    request_id: str = "",
    webhook_url: str = "",
    retry_of: Job | None = None,
) -> Job:
    if document.deleted_at is not None:
        raise DocumentDeleted
    with transaction.atomic():
        asset_ids = hold_assets(spec, document.tenant_id)
        is_nudged = to_be_nudged(document.tenant_id) > 0
        job = Job.objects.create(
            tenant_id=document.tenant_id,
            document=document,
            spec=dict(spec),
            asset_ids=asset_ids,
            output_format=copy_format(document.kind, spec).value,
            dispatched_at=Now() if is_nudged else None,
            retry_of=retry_of,
            request_id=request_id or current_request_id(),
            webhook_url=webhook_url,
            **made_by(actor),
        )
        if webhook_url:
            callback_endpoint(tenant_id=job.tenant_id)
        # Last of what may be refused, since from here on the tenant's row of the month is locked.
        reserve(
            tenant_id=job.tenant_id,
            source=job.source,
            documents=1,
            pages=document.page_count or PAGES_UNCOUNTED,
            bytes=document.blob.size_bytes if document.blob else 0,
            api_key_id=job.api_key_id,
        )
        if is_nudged:
            job.dispatched_at = job.run_after  # both are this statement's time
            transaction.on_commit(partial(nudge, job))
        announce(job)
    return job


def to_be_nudged(tenant_id: Any) -> int:
    """Return of how many more jobs of the tenant a worker is told at once."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [tenant_id, NUDGED_AT_MOST])
        return NUDGED_AT_MOST - int(cursor.fetchone()[0])


_WAITING = """
    SELECT count(*) FROM (
        SELECT FROM documents_job WHERE tenant_id = %s AND state = 'queued' LIMIT %s
    ) AS waiting
"""


def made_by(actor: Actor) -> dict[str, Any]:
    """Return who asks, as the columns of a row."""
    if isinstance(actor, User):
        return {"created_by": actor}
    return {"created_by_id": actor.user_id, "api_key_id": actor.api_key_id}


def authorise(actor: Actor, tenant_id: Any) -> None:
    """Refuse who may not start or stop work; another tenant's things do not exist."""
    if isinstance(actor, User):
        if not actor.is_staff:
            raise Forbidden
        return
    if actor.tenant_id != tenant_id:
        raise Missing
    actor.require("jobs:write")
