"""The ways in which a lease ends, each one transaction or nothing.

Every function takes a job as its holder knows it, changes the row only while the token in it is
still the holder's, and returns the row as it is then; None when the lease was lost before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from billing.services.quota import release, settle
from billing.services.usage import record_usage
from documents.events import announce, show
from documents.formats.kinds import DocumentFormat
from documents.models import Blob, Document, Job
from documents.processing.failures import Failure
from documents.processing.lease import let_go_when_silent

LONGEST_WAIT_SECONDS = 60
# A store that is away is looked for this often; after a day without it the job expires.
OUTAGE_WAIT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A marked copy whose bytes are in the store under ``blob_id``, and how it came about.

    ``warnings`` are mappings of ``code`` and ``message``.
    """

    blob_id: UUID
    size_bytes: int
    sha256: str
    pages: int
    warnings: Sequence[Mapping[str, str]] = ()
    crc32: int | None = None


def succeed(job: Job, copy: StoredCopy) -> Job | None:
    """End well: the result's row, its use, the event and the state together.

    Raises QuotaExceeded when the document has more pages than the tenant has left.
    """
    document = Document.objects.select_related("tenant", "blob").get(pk=job.document_id)
    with transaction.atomic():
        # The job first: a holder that is fenced out changes nothing else. That the job names
        # a blob which comes two lines later is fine, foreign keys are checked at the commit.
        ended = _leave(
            job,
            state=Job.State.SUCCEEDED,
            result_id=copy.blob_id,
            stage="done",
            page=copy.pages,
            pages=copy.pages,
            warnings=[dict(warning) for warning in copy.warnings],
            finished_at=Now(),
            expires_at=_after(timedelta(days=document.tenant.retention_days)),
        )
        if ended is None:
            return None
        Blob.objects.create(
            id=copy.blob_id,
            tenant_id=job.tenant_id,
            size_bytes=copy.size_bytes,
            sha256=copy.sha256,
            crc32=copy.crc32,
        )
        if job.output_format == DocumentFormat.PDF:  # else reckoned, not counted
            Document.objects.filter(pk=document.pk, page_count=None).update(page_count=copy.pages)
        charged = {
            "documents": 1,
            "pages": copy.pages,
            "bytes": document.blob.size_bytes if document.blob else 0,
        }
        record_usage(
            tenant_id=job.tenant_id,
            source=job.source,
            quota_id=settle(tenant_id=job.tenant_id, source=job.source, **charged),
            quantities=charged,
            user_id=job.created_by_id,
            api_key_id=job.api_key_id,
        )
        announce(ended)
    return ended


def fail(job: Job, failure: Failure) -> Job | None:
    """End badly, for good."""
    with transaction.atomic():
        ended = _leave(
            job,
            state=Job.State.FAILED,
            error_code=failure.code,
            error_message=failure.message[:500],
            error_retryable=failure.is_passing,
            finished_at=Now(),
        )
        if ended is not None:
            release(source=job.source)
            announce(ended)
    return ended


def cancel(job: Job) -> Job | None:
    """End because somebody asked for it."""
    with transaction.atomic():
        ended = _leave(job, state=Job.State.CANCELLED, finished_at=Now())
        if ended is not None:
            release(source=job.source)
            announce(ended)
    return ended


def fail_or_requeue(job: Job, failure: Failure) -> Job | None:
    """Try again later what may pass, as long as there are attempts left; else fail."""
    if failure.is_passing and job.attempt < job.max_attempts:
        wait = timedelta(seconds=min(2**job.attempt, LONGEST_WAIT_SECONDS))
        return _requeue(job, run_after=_after(wait))
    return fail(job, failure)


def hand_back(job: Job) -> Job | None:
    """Leave the job to another worker at once; this attempt was none."""
    return _requeue(job, attempt=F("attempt") - 1, run_after=Now())


def wait_for_storage(job: Job) -> Job | None:
    """Try again later, for as long as the store is away: that says nothing about the job."""
    return _requeue(job, attempt=F("attempt") - 1, run_after=_after(OUTAGE_WAIT))


def _requeue(job: Job, **changes: Any) -> Job | None:
    with transaction.atomic():
        queued = _leave(
            job,
            state=Job.State.QUEUED,
            dispatched_at=None,
            stage="",
            page=0,
            pages=None,
            **changes,
        )
        if queued is not None:
            show(queued)
    return queued


def _leave(job: Job, **changes: Any) -> Job | None:
    let_go_when_silent()
    held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state=Job.State.RUNNING)
    if not held.update(lease_token=None, lease_until=None, seq=F("seq") + 1, **changes):
        return None
    return Job.objects.get(pk=job.pk)


def _after(wait: timedelta) -> Combinable:
    return ExpressionWrapper(Now() + Value(wait), output_field=DateTimeField())
