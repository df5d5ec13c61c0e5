"""Documents: create, delete, and forget their bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import AuditAction
from accounts.principal import Principal
from accounts.services.audit import record
from accounts.services.outbox import Fact, emit, emit_all
from config.errors import DomainError, Invalid
from config.request_id import current_request_id
from config.upload_form import StagedFile
from documents.formats.kinds import ACCEPTED, DocumentFormat
from documents.formats.sniffing import format_of, reason_against
from documents.models import Blob, Document, Job
from documents.models.document import DocumentQuerySet
from documents.queries import DocumentMissing
from documents.services.jobs import stop
from documents.services.names import clean_file_name, clean_title, title_of
from documents.storage import StorageAway, blob_store


class UnsupportedFormat(Invalid):
    """The bytes are of no kind that we take, whatever the name says (RFC 9110, 15.5.16)."""

    code = "unsupported_format"
    status = 415
    message = f"Send {ACCEPTED}."


def create_document(
    *, principal: Principal, staged: StagedFile, title: str | None = None
) -> Document:
    """Keep an uploaded file as a document of the principal's tenant; takes the staged file.

    ``title`` defaults to the file's name. Raises UnsupportedFormat, Invalid (the title),
    InsufficientScope, StorageFull and StorageAway.
    """
    principal.require("documents:write")
    file_name = clean_file_name(staged.name)
    title = title_of(file_name) if title is None else checked_title(title)
    return keep(principal, staged, _format_of(staged.path), file_name=file_name, title=title)


def keep(
    principal: Principal,
    staged: StagedFile,
    format: DocumentFormat,
    *,
    file_name: str,
    title: str,
    page_count: int | None = None,
) -> Document:
    """Keep staged bytes that are known to be of a kind; raises StorageFull and StorageAway."""
    document = _unsaved(
        principal, staged, format, file_name=file_name, title=title, page_count=page_count
    )
    _save([(document, staged)])
    return document


def keep_files(
    *, principal: Principal, files: Sequence[StagedFile]
) -> list[Document | DomainError]:
    """Keep uploaded files as documents, all together; for a bad one return why it is refused.

    The statements do not grow in number with the files. Raises InsufficientScope, StorageFull and
    StorageAway: then none is kept.
    """
    principal.require("documents:write")
    kept = [_checked(principal, staged) for staged in files]
    pairs = zip(kept, files, strict=True)
    _save([(each, staged) for each, staged in pairs if isinstance(each, Document)])
    return kept


def delete_document(*, principal: Principal, document: Document) -> None:
    """Delete a document: the row first, then its jobs that have not ended, then the bytes.

    Marked copies made from it stay until they expire. The audit log keeps the receipts: of the
    deletion here, and of the bytes' when they go. Raises DocumentMissing.
    """
    principal.require("documents:write")
    with transaction.atomic():
        visible = Document.objects.visible_to(principal).filter(pk=document.pk)
        if not visible.update(deleted_at=Now()):
            raise DocumentMissing
        _stop_jobs(document)
        emit(
            tenant_id=document.tenant_id,
            type="document.deleted",
            subject=f"document:{document.pk}",
            payload={"id": str(document.pk), "title": document.title},
            request_id=current_request_id(),
        )
        record(
            tenant_id=document.tenant_id,
            actor=principal,
            action=AuditAction.DOCUMENT_DELETED,
            subject=f"document:{document.pk}",
            details=_receipt(document.blob),
        )
        # If this process dies first, the relay's next round does the same. No partial: Django
        # asks for the name of what has failed.
        transaction.on_commit(lambda: _purge_now(document), robust=True)


def delete_documents(*, principal: Principal, document_ids: Collection[UUID]) -> list[UUID]:
    """Delete several documents, all or none; return their ids. Raises DocumentMissing."""
    principal.require("documents:write")
    wanted = set(document_ids)
    with transaction.atomic():
        # In one order, so that two who delete the same do not wait for each other for ever.
        visible = Document.objects.visible_to(principal).filter(pk__in=wanted)
        documents = list(visible.select_for_update().order_by("pk"))
        if len(documents) != len(wanted):
            raise DocumentMissing
        blobs = Blob.objects.in_bulk([document.blob_id for document in documents])
        for document in documents:
            document.blob = blobs.get(document.blob_id)
            delete_document(principal=principal, document=document)
    return [document.pk for document in documents]


def purge_deleted(*, limit: int = 100) -> int:
    """Remove the bytes of up to ``limit`` deleted documents; return of how many.

    Any number of callers may do this at once. Raises StorageAway; what bytes that leaves are
    collected as orphans.
    """
    everybody = Document.objects.order_by("deleted_at")
    purged = 0
    while purged < limit and _purge_next(everybody):
        purged += 1
    return purged


def _unsaved(
    principal: Principal,
    staged: StagedFile,
    format: DocumentFormat,
    *,
    file_name: str,
    title: str,
    page_count: int | None = None,
) -> Document:
    """Return the document that a file is going to be, with its blob."""
    return Document(
        tenant_id=principal.tenant_id,
        title=title,
        file_name=file_name,
        format=format.value,
        content_type=format.media_type,
        page_count=page_count,
        blob=Blob(
            tenant_id=principal.tenant_id, size_bytes=staged.size_bytes, sha256=staged.sha256
        ),
        created_by_id=principal.user_id,
        api_key_id=principal.api_key_id,
    )


def _checked(principal: Principal, staged: StagedFile) -> Document | DomainError:
    """Return the document that a file is going to be, or why it cannot be one."""
    if staged.refusal is not None:
        return staged.refusal
    file_name = clean_file_name(staged.name)
    try:
        format = _format_of(staged.path)
    except UnsupportedFormat as refusal:
        return refusal
    return _unsaved(principal, staged, format, file_name=file_name, title=title_of(file_name))


def _save(pairs: Sequence[tuple[Document, StagedFile]]) -> None:
    """Store the bytes of new documents, then write their rows: of all or of none."""
    stored: list[UUID] = []
    written = False
    try:
        for document, staged in pairs:
            blob = _blob_of(document)
            blob_store().commit(staged, blob.id)
            stored.append(blob.id)
        with transaction.atomic():
            _write_rows([document for document, _ in pairs])
            written = True
    except BaseException:
        # A commit whose answer was lost may have happened: then the bytes must stay. If it has
        # not, they are an orphan, and orphans are collected.
        if not written:
            with suppress(StorageAway):
                for blob_id in stored:
                    blob_store().delete(blob_id)
        raise


def _write_rows(documents: Sequence[Document]) -> None:
    Blob.objects.bulk_create(map(_blob_of, documents))
    Document.objects.bulk_create(documents)
    emit_all([_creation(document, _blob_of(document)) for document in documents])


def _creation(document: Document, blob: Blob) -> Fact:
    return Fact(
        tenant_id=document.tenant_id,
        type="document.created",
        subject=f"document:{document.pk}",
        payload={
            "id": str(document.pk),
            "title": document.title,
            "size_bytes": blob.size_bytes,
            "sha256": blob.sha256,
        },
        request_id=current_request_id(),
    )


def _blob_of(document: Document) -> Blob:
    if document.blob is None:
        raise ValueError(f"Document {document.id} has no bytes.")
    return document.blob


def _stop_jobs(document: Document) -> None:
    live = Job.objects.filter(document=document, state__in=Job.LIVE_STATES)
    for job in live.select_for_update(no_key=True).order_by("pk"):
        stop(job)


def _purge_now(document: Document) -> None:
    with suppress(StorageAway):
        _purge_next(Document.objects.filter(pk=document.pk))


def _purge_next(documents: DocumentQuerySet) -> bool:
    """Forget the bytes of the first deleted one of ``documents``: the row first."""
    with transaction.atomic():
        document = (
            documents.filter(deleted_at__isnull=False, blob__isnull=False)
            .select_for_update(skip_locked=True)
            .first()
        )
        if document is None or document.blob_id is None:
            return False
        receipt = _receipt(document.blob)
        Document.objects.filter(pk=document.pk).update(blob=None)
        Blob.objects.filter(pk=document.blob_id).delete()
        record(
            tenant_id=document.tenant_id,
            actor=None,
            action=AuditAction.DOCUMENT_PURGED,
            subject=f"document:{document.pk}",
            details=receipt,
        )
    blob_store().delete(document.blob_id)
    return True


def _receipt(blob: Blob | None) -> dict[str, Any]:
    """Return what proves which bytes went, and shows nothing of what was in them."""
    return {"size_bytes": blob.size_bytes, "sha256": blob.sha256} if blob else {}


def checked_title(text: str) -> str:
    """Return a title as it is kept; raises Invalid when nothing is left of it."""
    title = clean_title(text)
    if title:
        return title
    problem = {"loc": ["body", "title"], "msg": "The title is empty.", "type": "string_too_short"}
    raise Invalid(problems=[problem])


def _format_of(path: Path) -> DocumentFormat:
    with path.open("rb") as file:
        found = format_of(file)
        if found is None:
            raise unsupported(reason_against(file))
    return found


def unsupported(reason: str = "") -> UnsupportedFormat:
    """Return the refusal of a file, for a reason where one is known."""
    return UnsupportedFormat(f"{reason} {UnsupportedFormat.message}".strip())
