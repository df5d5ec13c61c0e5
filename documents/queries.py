"""Reading documents and jobs, in a number of queries that does not grow with the rows.

Pages of the site read models; the API reads rows, named tuples of exactly the columns it shows,
which cost a third of a model.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from accounts.principal import Principal
from config.errors import Missing
from documents.models import Document, Job
from documents.models.document import DocumentQuerySet
from documents.models.job import JobQuerySet


class DocumentMissing(Missing):
    """No such document, deleted, or another tenant's."""


class JobMissing(Missing):
    """No such job, or another tenant's."""


class DocumentRow(NamedTuple):
    """What the API shows of a document."""

    id: uuid.UUID
    title: str
    file_name: str
    content_type: str
    page_count: int | None
    created_at: datetime
    size_bytes: int
    sha256: str


DOCUMENT_COLUMNS = (*DocumentRow._fields[:-2], "blob__size_bytes", "blob__sha256")


class JobRow(NamedTuple):
    """What the API shows of a job."""

    id: uuid.UUID
    document_id: uuid.UUID
    state: str
    spec: Mapping[str, Any]
    stage: str
    page: int
    pages: int | None
    seq: int
    attempt: int
    warnings: Sequence[Any]
    error_code: str
    error_message: str
    error_retryable: bool
    result_id: uuid.UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


JOB_COLUMNS = JobRow._fields


def documents_for(principal: Principal, *, search: str = "") -> DocumentQuerySet:
    """Return the tenant's documents, newest first, with their blobs; ``search`` is in the title."""
    documents = Document.objects.visible_to(principal).select_related("blob")
    return documents.filter(title__icontains=search) if search else documents


def jobs_for(
    principal: Principal, *, state: str | None = None, document_id: uuid.UUID | None = None
) -> JobQuerySet:
    """Return the tenant's jobs, newest first, with their documents."""
    jobs = Job.objects.visible_to(principal).select_related("document")
    if state is not None:
        jobs = jobs.filter(state=state)
    return jobs if document_id is None else jobs.filter(document_id=document_id)


def document_for(principal: Principal, document_id: uuid.UUID) -> Document:
    """Return one document with its blob and who uploaded it; raises ``DocumentMissing``."""
    document = (
        documents_for(principal)
        .select_related("blob", "created_by", "api_key")
        .filter(pk=document_id)
        .first()
    )
    if document is None:
        raise DocumentMissing
    return document


def job_for(principal: Principal, job_id: uuid.UUID) -> Job:
    """Return one job with its document and result; raises ``JobMissing``."""
    job = jobs_for(principal).select_related("document", "result").filter(pk=job_id).first()
    if job is None:
        raise JobMissing
    return job


def document_row(principal: Principal, document_id: uuid.UUID) -> DocumentRow:
    """Return what the API shows of one document; raises ``DocumentMissing``."""
    found = documents_for(principal).filter(pk=document_id).values_list(*DOCUMENT_COLUMNS).first()
    if found is None:
        raise DocumentMissing
    return DocumentRow._make(found)


def job_row(principal: Principal, job_id: uuid.UUID) -> JobRow:
    """Return what the API shows of one job; raises ``JobMissing``."""
    found = jobs_for(principal).filter(pk=job_id).values_list(*JOB_COLUMNS).first()
    if found is None:
        raise JobMissing
    return JobRow._make(found)
