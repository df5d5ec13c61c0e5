"""What this room's answers look like in JSON; ``serializers.py`` declares the same shapes.

Plain dictionaries: running serializers over them would cost more than reading the rows.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest

from accounts.principal import Principal
from documents import queries
from documents.models import Document, Job, ResumableUpload
from documents.progress import job_snapshot, queue_positions, rfc3339
from documents.queries import DocumentRow

ROOT = "/api/v1"


def base_address(request: HttpRequest) -> str:
    """Return scheme and host as the client sees them, for the addresses in an answer."""
    return f"{request.scheme}://{request.get_host()}"


def document_path(document_id: object) -> str:
    """Return the path of a document."""
    return f"{ROOT}/documents/{document_id}/"


def job_path(job_id: object) -> str:
    """Return the path of a job."""
    return f"{ROOT}/jobs/{job_id}/"


def preset_path(preset_id: object) -> str:
    """Return the path of a preset."""
    return f"{ROOT}/presets/{preset_id}/"


def asset_path(asset_id: object) -> str:
    """Return the path of an asset."""
    return f"{ROOT}/assets/{asset_id}/"


def upload_path(upload_id: object) -> str:
    """Return the path of a resumable upload."""
    return f"{ROOT}/uploads/{upload_id}/"


def upload_body(upload: ResumableUpload, offset: int) -> dict[str, Any]:
    """Return a resumable upload of which so much has arrived."""
    return {
        "id": str(upload.pk),
        "offset": offset,
        "size_bytes": upload.size_bytes,
        "file_name": upload.file_name,
        "expires_at": rfc3339(upload.expires_at),
        "document_id": str(upload.document_id) if upload.document_id else None,
    }


def document_body(document: DocumentRow, base: str) -> dict[str, Any]:
    """Return a document; ``base`` is from ``base_address``."""
    return {
        "id": str(document.id),
        "title": document.title,
        "file_name": document.file_name,
        "format": document.format,
        "content_type": document.content_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "page_count": document.page_count,
        "created_at": rfc3339(document.created_at),
        "download_url": f"{base}{document_path(document.id)}download/",
    }


def row_of(document: Document) -> DocumentRow:
    """Return the row of a document that is at hand with its blob, which must be there."""
    blob = document.blob
    if blob is None:
        raise ValueError(f"Document {document.id} has no bytes any more.")
    return DocumentRow(
        id=document.id,
        title=document.title,
        file_name=document.file_name,
        format=document.format,
        content_type=document.content_type,
        page_count=document.page_count,
        created_at=document.created_at,
        size_bytes=blob.size_bytes,
        sha256=blob.sha256,
    )


def shown_job(principal: Principal, job_id: UUID, base: str) -> dict[str, Any]:
    """Return one job with its place in the queue; raises ``JobMissing``."""
    job = queries.job_for(principal, job_id)
    waits = [job.pk] if job.state == Job.State.QUEUED else []
    return job_body(job, base, queue_position=queue_positions(waits).get(job.pk))


def charge_body(job: Job) -> dict[str, Any]:
    """Return what a job costs of the month: held while it lives, nothing unless it succeeds.

    The ledger says the same of each job (the invariant ``job_usage``).
    """
    if not job.is_ended:
        return {"state": "reserved", "documents": 1, "pages": job.pages}
    charged = job.state == Job.State.SUCCEEDED
    return {
        "state": "charged" if charged else "free",
        "documents": int(charged),
        "pages": job.pages if charged else 0,
    }


def host_of(url: str) -> str | None:
    """Return the address of the host alone: paths and queries of such addresses hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/" if url else None


def job_body(job: Job, base: str, *, queue_position: int | None = None) -> dict[str, Any]:
    """Return a job; ``download_url`` is always a key, null until there is something."""
    return {
        **job_snapshot(job, queue_position=queue_position),
        "charge": charge_body(job),
        "warnings": job.warnings,
        "config": job.spec,
        "webhook_url": host_of(job.webhook_url),
        "retry_of": str(job.retry_of_id) if job.retry_of_id else None,
        "download_url": f"{base}{job_path(job.id)}result/" if job.result_id else None,
    }
