"""This room's lists as CSV."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from config.api.lists import Asked, csv_answer, csv_of_bodies
from documents.api.batch_bodies import batch_body
from documents.models import Batch, Job
from documents.progress import rfc3339
from documents.queries import DocumentRow

JOB_HEAD = (
    *("id", "document_id", "state", "attempt", "page", "pages", "error_code", "error_message"),
    *("created_at", "started_at", "finished_at", "expires_at", "warnings"),
)
BATCH_HEAD = (
    *("id", "title", "state", "total", "pending", *Batch.COUNTED, "percent", "cancel_requested"),
    *("created_at", "started_at", "finished_at", "expires_at", "items_url", "manifest_url"),
)


def csv_of_documents(
    rows: QuerySet[Any, Any], tenant_id: UUID, asked: Asked
) -> StreamingHttpResponse:
    """Return documents, all of them."""
    return csv_answer(
        rows,
        tenant_id=tenant_id,
        file_name="documents.csv",
        head=DocumentRow._fields,
        cells=_document_cells,
        make=DocumentRow._make,
        oldest_first=asked.oldest_first,
    )


def csv_of_jobs(jobs: QuerySet[Job, Job], tenant_id: UUID, asked: Asked) -> StreamingHttpResponse:
    """Return jobs, all of them."""
    return csv_answer(
        jobs,
        tenant_id=tenant_id,
        file_name="jobs.csv",
        head=JOB_HEAD,
        cells=_job_cells,
        oldest_first=asked.oldest_first,
    )


def csv_of_batches(
    batches: QuerySet[Batch, Batch], tenant_id: UUID, base: str
) -> StreamingHttpResponse:
    """Return batches, all of them; ``base`` is from ``base_address``."""

    def body_of(batch: Batch) -> dict[str, Any]:
        body = batch_body(batch, base)
        return {**body, **body["counts"]}

    return csv_of_bodies(
        batches, body_of, tenant_id=tenant_id, file_name="batches.csv", head=BATCH_HEAD
    )


def _document_cells(row: DocumentRow) -> Iterable[object]:
    return row._replace(created_at=rfc3339(row.created_at))  # type: ignore[arg-type] # text here


def _job_cells(job: Job) -> Iterable[object]:
    instants = (job.created_at, job.started_at, job.finished_at, job.expires_at)
    return (
        *(job.pk, job.document_id, job.state, job.attempt, job.page, job.pages),
        *(job.error_code, job.error_message),
        *(rfc3339(instant) if instant else "" for instant in instants),
        " ".join(str(each["code"]) for each in job.warnings),
    )
