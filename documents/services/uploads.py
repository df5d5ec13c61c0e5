"""Resumable uploads: announced, gone on with, made a document, forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import Tenant
from accounts.principal import Principal
from accounts.services.rates import take
from config.errors import Conflict, LimitReached
from config.upload_form import StagedFile
from documents.models import Document, ResumableUpload
from documents.queries import UploadMissing, upload_for
from documents.services.documents import create_document
from documents.services.names import clean_file_name, clean_title
from documents.storage import GrowingFile, blob_store, resumable_files

log = structlog.get_logger(__name__)
KEPT_FOR = timedelta(hours=24)
OPEN_MAX = 1000
# A request whose client has gone may not have noticed yet.
PATIENCE_SECONDS = 3.0
# Longer than a row takes to follow its file.
ORPHAN_AFTER = timedelta(days=1)
AT_ONCE = 100


class TooManyOpenUploads(LimitReached):
    """The tenant has begun so many uploads and ended none of them."""

    code = "too_many_uploads"
    status = 429
    message = "Too many uploads are open. Finish or delete some, or let them expire."
    retry_after_seconds: ClassVar[int] = 60


class UploadUnfinished(Conflict):
    """Bytes are missing that were announced."""

    code = "upload_unfinished"
    message = "This upload is not complete yet."


class UploadTaken(Conflict):
    """The upload has become a document already, which no longer is there."""

    code = "upload_taken"
    message = "This upload has become a document already."


def max_upload_bytes(tenant: Tenant | None = None) -> int:
    """Return how long a file may be, of the tenant's or at all."""
    most: int = settings.MAX_UPLOAD_BYTES
    return min(tenant.max_file_bytes, most) if tenant else most


def create_upload(
    *,
    principal: Principal,
    size_bytes: int,
    file_name: str,
    title: str = "",
    metadata: str = "",
    staged: StagedFile | None = None,
) -> ResumableUpload:
    """Open an upload of ``size_bytes``, with its first bytes if there are any (``staged``).

    The file first, then the row. Raises InsufficientScope, RateExceeded, TooManyOpenUploads and
    StorageFull.
    """
    principal.require("documents:write")
    take(principal=principal, what="uploads")
    blob_store().require_room(size_bytes - (staged.size_bytes if staged else 0))
    upload = ResumableUpload(
        tenant_id=principal.tenant_id,
        file_name=clean_file_name(file_name),
        title=clean_title(title),
        metadata=metadata,
        size_bytes=size_bytes,
        created_by_id=principal.user_id,
        api_key_id=principal.api_key_id,
        expires_at=Now() + KEPT_FOR,
    )
    with transaction.atomic():
        _require_place(principal)
        resumable_files().create(upload.pk, staged.path if staged else None)
        try:
            upload.save(force_insert=True)
            upload.refresh_from_db(fields=["expires_at", "created_at"])
        except BaseException:
            resumable_files().remove(upload.pk)
            raise
    return upload


def offset_of(upload: ResumableUpload) -> int:
    """Return how many bytes of an upload have arrived; raises UploadMissing if they are lost."""
    if upload.document_id is not None:
        return upload.size_bytes
    try:
        return resumable_files().offset(upload.pk)
    except FileNotFoundError:
        raise UploadMissing from None


def extend_upload(*, principal: Principal, upload_id: UUID) -> ResumableUpload:
    """Give an upload its full time again, because somebody goes on; raises UploadMissing."""
    principal.require("documents:write")
    mine = ResumableUpload.objects.visible_to(principal).filter(pk=upload_id)
    if not mine.update(expires_at=Now() + KEPT_FOR):
        raise UploadMissing
    return upload_for(principal, upload_id)


def delete_upload(*, principal: Principal, upload_id: UUID) -> None:
    """Forget an upload, the row first; what it has become stays. Raises UploadMissing."""
    principal.require("documents:write")
    with transaction.atomic():
        mine = ResumableUpload.objects.visible_to(principal).filter(pk=upload_id)
        if not mine.delete()[0]:
            raise UploadMissing
        transaction.on_commit(lambda: resumable_files().remove(upload_id), robust=True)


def document_of_upload(
    *, principal: Principal, upload_id: UUID, title: str | None = None
) -> tuple[Document, bool]:
    """Make the document of a finished upload; return it and whether it is new.

    Asked again the answer is the same document; ``title`` counts the first time only. Raises
    UploadMissing, UploadUnfinished, UploadLocked, UploadTaken (the document has been deleted) and
    what ``create_document`` raises: then the upload stays as it is.
    """
    principal.require("documents:write")
    upload = upload_for(principal, upload_id)
    if upload.document_id is not None:
        return _made_of(upload), False
    try:
        with resumable_files().open(upload_id, patience_seconds=PATIENCE_SECONDS) as file:
            return _make_document(principal, upload, file, title)
    except FileNotFoundError:
        # Somebody else has made it meanwhile, or deleted the upload.
        return _made_of(upload_for(principal, upload_id)), False


def expire_uploads() -> int:
    """Forget uploads whose time is over, rows first; return how many.

    Any number of callers may do this at once. Bytes that a crash leaves are orphans.
    """
    with transaction.atomic():
        over = ResumableUpload.objects.over().order_by("expires_at")
        taken = list(
            over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE]
        )
        ResumableUpload.objects.filter(pk__in=taken).delete()
    for upload_id in taken:
        resumable_files().remove(upload_id)
    return len(taken)


def collect_upload_files() -> int:
    """Remove files that have become documents, and old ones without a row; return how many.

    Only for who reaches all tenants: to anybody else the rows of others are not there.
    """
    files, removed = resumable_files(), 0
    ids = files.iter_ids()
    while batch := list(islice(ids, AT_ONCE)):
        done = ResumableUpload.objects.filter(pk__in=batch, document__isnull=False)
        removed += _remove(done.values_list("pk", flat=True))
    ids = files.iter_ids(older_than=ORPHAN_AFTER)
    while batch := list(islice(ids, AT_ONCE)):
        known = ResumableUpload.objects.filter(pk__in=batch).values_list("pk", flat=True)
        removed += _remove({*batch} - {*known})
    if removed:
        log.info("upload_files_removed", count=removed)
    return removed


def _remove(upload_ids: Iterable[UUID]) -> int:
    ids = list(upload_ids)
    for upload_id in ids:
        resumable_files().remove(upload_id)
    return len(ids)


def _require_place(principal: Principal) -> None:
    """Raise TooManyOpenUploads; holds the tenant's lock until the row is there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"uploads:{principal.tenant_id}"],
        )
    open_ones = ResumableUpload.objects.visible_to(principal).filter(document__isnull=True)
    if open_ones.count() >= OPEN_MAX:
        raise TooManyOpenUploads


def _make_document(
    principal: Principal, upload: ResumableUpload, file: GrowingFile, title: str | None
) -> tuple[Document, bool]:
    if file.size_bytes != upload.size_bytes:
        missing = upload.size_bytes - file.size_bytes
        raise UploadUnfinished(f"This upload is not complete yet: {missing} bytes are missing.")
    sha256 = file.sha256()
    # Under a second name: the first stays until the rows are there, whatever happens.
    staged = resumable_files().stage(upload.pk)
    try:
        return _save_document(principal, upload.pk, staged, sha256, title)
    finally:
        staged.unlink(missing_ok=True)


def _save_document(
    principal: Principal, upload_id: UUID, staged: Path, sha256: str, title: str | None
) -> tuple[Document, bool]:
    with transaction.atomic():
        rows = ResumableUpload.objects.visible_to(principal).filter(pk=upload_id)
        upload = rows.select_for_update(no_key=True).first()
        if upload is None:
            raise UploadMissing
        if upload.document_id is not None:
            return _made_of(upload_for(principal, upload_id)), False
        whole = StagedFile(staged, upload.file_name, "", upload.size_bytes, sha256)
        document = create_document(
            principal=principal, staged=whole, title=title or upload.title or None
        )
        rows.update(document=document)
        transaction.on_commit(lambda: resumable_files().remove(upload_id), robust=True)
    return document, True


def _made_of(upload: ResumableUpload) -> Document:
    document = upload.document
    if document is None:
        raise UploadMissing
    if document.deleted_at is not None or document.blob is None:
        raise UploadTaken("The document that was made of this upload has been deleted.")
    return document
