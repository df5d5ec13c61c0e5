"""What of a request the lane of resumable uploads looks at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from config.upload_form import StagedFile, StagedForm
from config.wire.types import Message, Scope, Send, announced_length, header
from documents import tus

_ADDRESS = re.compile("/api/v1/uploads(?:/([^/]*))?/?")
# What of a creation's headers makes it another request (accounts/fingerprints.py).
_TELLING = ("upload-length", "upload-metadata")


@dataclass(frozen=True, slots=True)
class TusRequest:
    """One request below ``/api/v1/uploads/``; of ``scope`` the method is the one that is meant."""

    scope: Scope
    headers: Mapping[str, str]
    is_creation: bool
    brings_bytes: bool
    #: None for the address where uploads are made, and for what is no id.
    upload_id: UUID | None

    def form(self, *files: StagedFile) -> StagedForm:
        """Return what a creation says as a form: Idempotency-Key tells requests apart by it."""
        fields = {name: [self.headers[name]] for name in _TELLING if name in self.headers}
        return StagedForm(fields, {"file": list(files)} if files else {})

    @property
    def announced(self) -> int | None:
        """How long the body says it is."""
        return announced_length(self.scope)

    def answering(self, send: Send) -> Send:
        """Return ``send`` for answers that name the protocol's version."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = [b"tus-resumable", *([b"tus-version"] if message["status"] == 412 else [])]
                version = [(name, tus.VERSION.encode()) for name in names]
                message = {**message, "headers": [*message["headers"], *version]}
            await send(message)

        return answer


def tus_request(scope: Scope) -> TusRequest | None:
    """Return what is asked below the address of uploads, else None."""
    found = _ADDRESS.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
    if found is None:
        return None
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    method = _method(scope["method"], headers)
    upload_id = _uuid(found[1] or "")
    is_creation = method == "POST" and not found[1]
    takes_bytes = is_creation or (method == "PATCH" and upload_id is not None)
    is_chunk = tus.is_chunk(headers.get("content-type", ""))
    return TusRequest(
        scope={**scope, "method": method},
        headers=headers,
        is_creation=is_creation and (is_chunk or not _has_body(scope)),
        brings_bytes=takes_bytes and is_chunk and (method == "PATCH" or _has_body(scope)),
        upload_id=upload_id,
    )


def _method(method: str, headers: Mapping[str, str]) -> str:
    """Return what is meant: some proxies and browsers let nothing through but POST."""
    meant = headers.get(tus.OVERRIDE, "").upper()
    return meant if method == "POST" and meant in tus.OVERRIDES else method


def _has_body(scope: Scope) -> bool:
    length = header(scope, b"content-length")
    return length not in (None, b"0") or header(scope, b"transfer-encoding") is not None


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
