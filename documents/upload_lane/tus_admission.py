"""Who may begin or go on with a resumable upload: decided from headers and row, before the body."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import close_old_connections

from accounts.models import Tenant
from accounts.principal import Principal
from accounts.services.idempotency import read_key
from config.api.idempotency import HEADER
from config.database.reach import only_tenant
from documents import tus
from documents.services.uploads import UploadTaken, extend_upload, max_upload_bytes
from documents.storage import BlobStore
from documents.upload_lane.admission import too_large
from documents.upload_lane.chunks import longer_than_announced
from documents.upload_lane.sender import head_of, sender_of
from documents.upload_lane.tus_request import TusRequest


@dataclass(frozen=True, slots=True)
class Beginning:
    """An upload's first bytes: who sends them, and how many there may be."""

    principal: Principal
    max_concurrent: int
    size_bytes: int
    checksum: tus.Checksum | None


@dataclass(frozen=True, slots=True)
class Continuation(Beginning):
    """More bytes, from ``offset`` of ``size_bytes``."""

    offset: int


def admit_first(request: TusRequest, store: BlobStore) -> Beginning:
    """Return what the sender of a new upload's first bytes may do.

    Queries, and gives the thread's database connection back, as ``admit_more``. Raises
    Unauthenticated, Forbidden in its kinds, TusVersionUnsupported, Invalid, PayloadTooLarge and
    StorageFull.
    """
    try:
        principal = _principal(request)
        tus.require_version(request.headers.get("tus-resumable"))
        if (key := request.headers.get(HEADER.lower())) is not None:
            read_key(key)
        size_bytes = tus.read_length(request.headers.get("upload-length"))
        with only_tenant(principal.tenant_id):
            tenant = Tenant.objects.get(pk=principal.tenant_id)
    finally:
        close_old_connections()
    if size_bytes > max_upload_bytes(tenant):
        raise too_large(max_upload_bytes(tenant))
    if (request.announced or 0) > size_bytes:
        raise longer_than_announced()
    store.require_room(size_bytes)
    checksum = tus.read_checksum(request.headers.get("upload-checksum"))
    return Beginning(principal, tenant.max_concurrent_uploads, size_bytes, checksum)


def admit_more(request: TusRequest, upload_id: UUID, store: BlobStore) -> Continuation:
    """Return what the sender of more bytes may do, and give the upload its full time again.

    Raises the same, UploadMissing and UploadTaken.
    """
    try:
        principal = _principal(request)
        tus.require_version(request.headers.get("tus-resumable"))
        with only_tenant(principal.tenant_id):
            upload = extend_upload(principal=principal, upload_id=upload_id)
            tenant = Tenant.objects.get(pk=principal.tenant_id)
    finally:
        close_old_connections()
    offset = tus.read_number("Upload-Offset", request.headers.get("upload-offset"))
    checksum = tus.read_checksum(request.headers.get("upload-checksum"))
    if upload.document_id is not None:
        raise UploadTaken
    store.require_room(request.announced or 0)
    return Continuation(
        principal, tenant.max_concurrent_uploads, upload.size_bytes, checksum, offset
    )


def _principal(request: TusRequest) -> Principal:
    principal = sender_of(head_of(request.scope))
    principal.require("documents:write")
    return principal
