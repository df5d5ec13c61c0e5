"""Who may send how much: decided from the headers, before the body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import close_old_connections
from django.template.defaultfilters import filesizeformat

from accounts.models import Tenant
from accounts.principal import Principal
from accounts.services.idempotency import read_key
from accounts.services.rates import Taken, take
from billing.services.quota import require_room
from config.api.idempotency import HEADER
from config.api.refusals import PayloadTooLarge
from config.database.reach import only_tenant
from config.errors import LimitReached
from config.wire.types import Scope, announced_length
from documents.storage import BlobStore
from documents.upload_lane.routes import UploadRoute
from documents.upload_lane.sender import head_of, sender_of

# Fields, part headers and boundaries beside the files.
FORM_BYTES = 1024 * 1024
# A form of many files may be this many times as long as the longest file allowed.
FILES_IN_FULL = 4


class TooManyUploads(LimitReached):
    """The tenant is sending as many files as it may at once."""

    code = "too_many_uploads"
    status = 429
    message = "Too many uploads at once. Send this one when another has ended."
    retry_after_seconds: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Admission:
    """Who sends, the longest file and body that will be read, how many at once, and the count."""

    principal: Principal
    max_file_bytes: int
    max_body_bytes: int
    max_concurrent: int
    taken: Taken | None = None


def admit(scope: Scope, route: UploadRoute, store: BlobStore) -> Admission:
    """Return what the sender of these headers may do.

    Queries, and gives the thread's database connection back. Raises Unauthenticated,
    InvalidCredentials, Forbidden in its kinds (CsrfFailed), BadIdempotencyKey,
    QuotaExceeded, PayloadTooLarge and StorageFull.
    """
    try:
        admission = _admission(scope, route)
    finally:
        close_old_connections()
    announced = announced_length(scope) or 0
    if announced > admission.max_body_bytes:
        raise too_large(admission.max_file_bytes)
    store.require_room(announced)
    return admission


def too_large(max_file_bytes: int) -> PayloadTooLarge:
    """Return the refusal of a file that is longer than allowed."""
    return PayloadTooLarge(f"A file may have at most {filesizeformat(max_file_bytes)}.")


def _admission(scope: Scope, route: UploadRoute) -> Admission:
    head = head_of(scope)
    principal = sender_of(head, is_page=route.is_page)
    for scope_name in route.scopes:
        principal.require(scope_name)
    if not route.is_page and (key := head.headers.get(HEADER)) is not None:
        read_key(key)
    taken = take(principal=principal, what="uploads")
    with only_tenant(principal.tenant_id):
        if "jobs:write" in route.scopes:
            require_room(tenant_id=principal.tenant_id)
        limits = Tenant.objects.only("max_file_bytes", "max_concurrent_uploads")
        tenant = limits.get(id=principal.tenant_id)
    max_file_bytes = route.max_file_bytes or min(tenant.max_file_bytes, settings.MAX_UPLOAD_BYTES)
    max_body_bytes = min(route.max_files, FILES_IN_FULL) * max_file_bytes + FORM_BYTES
    return Admission(
        principal, max_file_bytes, max_body_bytes, tenant.max_concurrent_uploads, taken
    )
