"""Reading documents and jobs, in a number of queries that does not grow with the rows.

The API reads documents as rows, named tuples of exactly the columns it shows: a third of a
model's cost. Jobs are models, since sockets, pages and the API share ``job_snapshot``.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from accounts.principal import Principal
from config.database.made_once import RowByIds
from config.errors import Conflict, Missing
from documents.models import Asset, Document, Job, Preset, ResumableUpload
from documents.models.asset import AssetQuerySet
from documents.models.document import DocumentQuerySet
from documents.models.job import JobQuerySet
from documents.models.preset import PresetQuerySet


class DocumentMissing(Missing):
    """No such document, deleted, or another tenant's."""


class JobMissing(Missing):
    """No such job, or another tenant's."""


class UploadMissing(Missing):
    """No such resumable upload, its time over, or another tenant's."""


class PresetMissing(Missing):
    """No such preset, or another tenant's."""


class AssetMissing(Missing):
    """No such asset, deleted, or another tenant's."""


class ResultNotReady(Conflict):
    """The job has not ended, or not well."""

    code = "not_ready"
    message = "This job has no result yet."


class ResultGone(Missing):
    """The result was there, and was deleted when its time was over (RFC 9110, 15.5.11)."""

    code = "gone"
    status = 410
    message = "This result has been deleted; its time was over. Start a new job."


class DocumentRow(NamedTuple):
    """What the API shows of a document."""

    id: uuid.UUID
    title: str
    file_name: str
    format: str
    content_type: str
    page_count: int | None
    created_at: datetime
    size_bytes: int
    sha256: str


DOCUMENT_COLUMNS = (*DocumentRow._fields[:-2], "blob__size_bytes", "blob__sha256")


def documents_for(principal: Principal, *, search: str = "") -> DocumentQuerySet:
    """Return the tenant's documents, newest first, with their blobs; ``search`` is in the title."""
    documents = Document.objects.visible_to(principal).select_related("blob")
    return documents.filter(title__icontains=search) if search else documents


def jobs_for(
    principal: Principal, *, state: str | None = None, document_id: uuid.UUID | None = None
) -> JobQuerySet:
    """Return the tenant's jobs, newest first."""
    jobs = Job.objects.visible_to(principal)
    if state is not None:
        jobs = jobs.filter(state=state)
    return jobs if document_id is None else jobs.filter(document_id=document_id)


def document_row(principal: Principal, document_id: uuid.UUID) -> DocumentRow:
    """Return what the API shows of one document; raises ``DocumentMissing``."""
    rows = documents_for(principal).filter(pk=document_id).values_list(*DOCUMENT_COLUMNS)
    try:
        return DocumentRow._make(rows.get())
    except Document.DoesNotExist:
        raise DocumentMissing from None


def document_for(principal: Principal, document_id: uuid.UUID) -> Document:
    """Return one document with its blob and tenant; raises ``DocumentMissing``."""
    document = _DOCUMENT.first(principal.tenant_id, document_id)
    if document is None:
        raise DocumentMissing
    return document


def upload_for(principal: Principal, upload_id: uuid.UUID) -> ResumableUpload:
    """Return one resumable upload and what became of it; raises ``UploadMissing``."""
    uploads = ResumableUpload.objects.visible_to(principal).select_related("document__blob")
    try:
        return uploads.get(pk=upload_id)
    except ResumableUpload.DoesNotExist:
        raise UploadMissing from None


def presets_for(
    principal: Principal, *, search: str = "", is_default: bool | None = None
) -> PresetQuerySet:
    """Return the tenant's presets, newest first."""
    presets = Preset.objects.visible_to(principal)
    if search:
        presets = presets.filter(name__icontains=search)
    return presets if is_default is None else presets.filter(is_default=is_default)


def preset_for(principal: Principal, preset_id: uuid.UUID) -> Preset:
    """Return one preset; raises ``PresetMissing``."""
    try:
        return Preset.objects.visible_to(principal).get(pk=preset_id)
    except Preset.DoesNotExist:
        raise PresetMissing from None


def assets_for(principal: Principal, *, search: str = "", kind: str | None = None) -> AssetQuerySet:
    """Return the tenant's assets, newest first, with their blobs."""
    assets = Asset.objects.visible_to(principal).select_related("blob")
    if search:
        assets = assets.filter(name__icontains=search)
    return assets if kind is None else assets.filter(kind=kind)


def assets_to_choose(principal: Principal) -> list[Asset]:
    """Return what marks can be made of, newest first; nothing for who may not see assets."""
    if not principal.may("presets:read"):
        return []
    return list(Asset.objects.visible_to(principal).only("name", "kind"))


def asset_for(principal: Principal, asset_id: uuid.UUID) -> Asset:
    """Return one asset with its blob; raises ``AssetMissing``."""
    try:
        return assets_for(principal).get(pk=asset_id)
    except Asset.DoesNotExist:
        raise AssetMissing from None


def job_for(principal: Principal, job_id: uuid.UUID) -> Job:
    """Return one job; raises ``JobMissing``."""
    job = _JOB.first(principal.tenant_id, job_id)
    if job is None:
        raise JobMissing
    return job


def _anybody_of(tenant_id: uuid.UUID) -> Principal:
    return Principal(
        tenant_id=tenant_id,
        user_id=None,
        api_key_id=None,
        role=None,
        scopes=frozenset(),
        environment="live",
    )


# Asked so often that their SQL is kept.
_JOB = RowByIds(2, lambda tenant, pk: Job.objects.visible_to(_anybody_of(tenant)).filter(pk=pk))
_DOCUMENT = RowByIds(
    2,
    lambda tenant, pk: documents_for(_anybody_of(tenant)).select_related("tenant").filter(pk=pk),
)


def finished_job_for(principal: Principal, job_id: uuid.UUID) -> Job:
    """Return a job with its document and a result that is there.

    Raises ``JobMissing``, ``ResultNotReady`` and ``ResultGone``.
    """
    try:
        job = jobs_for(principal).select_related("document", "result").get(pk=job_id)
    except Job.DoesNotExist:
        raise JobMissing from None
    if job.result is None:
        raise ResultGone if job.result_purged_at else ResultNotReady(_why_not_ready(job))
    return job


def _why_not_ready(job: Job) -> str:
    if job.is_ended:
        return f"This job has ended as {job.state}; it has no result."
    return f"This job is {job.state}; its result is not there yet."
