"""Resumable uploads: the answers. The bytes have come down their own lane before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.middleware import request_principal
from accounts.models import Tenant
from config.api.endpoints import Endpoint
from config.api.refusals import PayloadTooLarge, UnsupportedMediaType
from config.errors import DomainError
from config.upload_form import UPLOAD_KEY, ReceivedChunk, staged_form
from documents import tus
from documents.api import upload_docs as docs
from documents.api.bodies import upload_body, upload_path
from documents.models import ResumableUpload
from documents.queries import upload_for
from documents.services.uploads import (
    create_upload,
    delete_upload,
    extend_upload,
    max_upload_bytes,
    offset_of,
)


class TusEndpoint(Endpoint):
    """An address of the protocol: who speaks another version is told so; OPTIONS is open."""

    http_method_names = (*Endpoint.http_method_names, "options")

    def get_authenticators(self) -> list[Any]:
        """Return nobody who could refuse a question about the protocol."""
        return [] if self._is_options() else super().get_authenticators()

    def get_permissions(self) -> Sequence[Any]:
        """Return nobody who could refuse it."""
        return [] if self._is_options() else super().get_permissions()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the version once it is known who asks."""
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "OPTIONS") and request.method in self.allowed_methods:
            tus.require_version(request.headers.get("Tus-Resumable"))

    def options(self, *_: Any, **__: Any) -> Response:
        """Tell what this server can do; the longest file is one's own for who says who asks."""
        headers = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Max-Size": str(max_upload_bytes(self._tenant())),
            "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        }
        return Response(status=204, headers=headers)

    def _tenant(self) -> Tenant | None:
        """Return the workspace of who asks, if that is known: a bad credential is nobody here."""
        with suppress(DomainError):
            principal = request_principal(self.request._request)
            return Tenant.objects.get(pk=principal.tenant_id) if principal else None
        return None

    def _is_options(self) -> bool:
        request = getattr(self, "request", None)
        return request is not None and request.method == "OPTIONS"


class UploadsView(TusEndpoint):
    """The workspace's resumable uploads."""

    required_scopes = {"POST": "documents:write"}
    refusals = {"POST": docs.CREATE_REFUSALS}

    @docs.create_upload
    def post(self, request: Request) -> Response:
        """Begin a resumable upload."""
        form = staged_form(request._request)
        if form is None and request.content_type:
            raise UnsupportedMediaType(f"Send no body, or one of the type {tus.CHUNK_TYPE}.")
        size_bytes = tus.read_length(request.headers.get("Upload-Length"))
        metadata = tus.read_metadata(request.headers.get("Upload-Metadata"))
        tus.read_checksum(request.headers.get("Upload-Checksum"))
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        if size_bytes > max_upload_bytes(tenant):
            raise PayloadTooLarge(f"A file may have at most {max_upload_bytes(tenant)} bytes.")
        first = form.files["file"][0] if form and form.files else None
        upload = create_upload(
            principal=self.principal,
            size_bytes=size_bytes,
            file_name=metadata.first("filename", "name"),
            title=metadata.first("title"),
            metadata=metadata.text,
            staged=first,
        )
        return shown(upload, first.size_bytes if first else 0, status=201)


class UploadView(TusEndpoint):
    """One resumable upload. Who may send it may see it."""

    required_scopes = dict.fromkeys(("GET", "PATCH", "DELETE"), "documents:write")
    refusals = {"PATCH": docs.APPEND_REFUSALS, "DELETE": docs.VERSION_REFUSALS}

    @docs.get_upload
    def get(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Show how much has arrived; HEAD in headers alone."""
        upload = upload_for(self.principal, upload_id)
        return shown(upload, offset_of(upload))

    @docs.append_to_upload
    def patch(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Tell what has come of the bytes that the lane has taken."""
        chunk = request._request.META.get(UPLOAD_KEY)
        upload = extend_upload(principal=self.principal, upload_id=upload_id)
        if not isinstance(chunk, ReceivedChunk):
            raise UnsupportedMediaType(f"Send bytes as {tus.CHUNK_TYPE}.")
        headers = {
            "Upload-Offset": str(chunk.offset),
            "Upload-Expires": tus.expires_header(upload.expires_at),
        }
        return Response(status=204, headers=headers)

    @docs.delete_upload
    def delete(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Forget an upload and its bytes."""
        delete_upload(principal=self.principal, upload_id=upload_id)
        return Response(status=204)


def shown(upload: ResumableUpload, offset: int, *, status: int = 200) -> Response:
    """Return an upload in headers, for clients of the protocol, and in JSON for all others."""
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Length": str(upload.size_bytes),
        "Upload-Expires": tus.expires_header(upload.expires_at),
        "Cache-Control": "no-store",
    }
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    if status == 201:
        headers["Location"] = upload_path(upload.pk)
    return Response(upload_body(upload, offset), status, headers=headers)
