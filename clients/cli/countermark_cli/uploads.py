"""Getting a file there: short ones as a form, long ones by tus, which goes on after a break."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from countermark_client.api.documents import upload_document
from countermark_client.api.uploads import append_to_upload, create_upload, get_upload
from countermark_client.models import DocumentUploadForm, FinishedUploadForm
from countermark_client.types import UNSET, File

from countermark_cli.connection import Connection
from countermark_cli.failures import Misuse, Refused

LONG_BYTES = 16 << 20
PIECE_BYTES = 8 << 20
TUS = "1.0.0"
Told = Callable[[int, int], None]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Misuse("unreadable", f"{path}: {error.strerror}") from None


def name_for(*parts: str) -> str:
    """Return the ``Idempotency-Key`` of what these parts mean: the same again after a restart."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def upload(
    connection: Connection,
    path: Path,
    *,
    title: str | None = None,
    name: str | None = None,
    told: Told = lambda done, whole: None,
) -> Any:
    """Store a file and return its document.

    With a ``name`` it is the same document whenever that is said again within a day; without one
    it is a new document each time, but a long upload that broke off is gone on with.
    """
    size = path.stat().st_size
    if size > LONG_BYTES:
        return _upload_long(connection, path, size, title, name, told)
    answer = connection.ask(
        upload_document,
        body=lambda: DocumentUploadForm(file_of(path), title=title or UNSET),
        idempotency_key=name or str(uuid.uuid4()),
    )
    told(size, size)
    return answer.parsed


def file_of(path: Path) -> File:
    """Return a short file as the client sends it."""
    return File(io.BytesIO(path.read_bytes()), path.name)


def _upload_long(
    connection: Connection, path: Path, size: int, title: str | None, name: str | None, told: Told
) -> Any:
    """Begin a resumable upload (or find it: the key tells), send what is missing, finish it."""
    given: dict[str, Any] = {
        "upload_length": size,
        "upload_metadata": f"filename {base64.b64encode(path.name.encode()).decode()}",
        "tus_resumable": TUS,
    }
    key = name_for("upload", name or str(path.resolve()), digest_of(path))
    begun = connection.ask(create_upload, idempotency_key=key, **given).parsed
    begun = _as_it_is(connection, begun)
    if begun is None or (begun.document_id and name is None):
        begun = connection.ask(create_upload, idempotency_key=str(uuid.uuid4()), **given).parsed
    offset = begun.offset
    with path.open("rb") as file:
        while offset < size:
            told(offset, size)
            offset = _send_piece(connection, begun, file, offset)
    told(size, size)
    form = FinishedUploadForm(begun.id, title=title or UNSET)
    return connection.ask(upload_document, body=lambda: form, may_repeat=True).parsed


def _as_it_is(connection: Connection, begun: Any) -> Any:
    """Return how far an upload is now; None if its day is over."""
    try:
        return connection.ask(get_upload, upload_id=begun.id).parsed
    except Refused as refused:
        if refused.code != "not_found":
            raise
        return None


def _send_piece(connection: Connection, begun: Any, file: BinaryIO, offset: int) -> int:
    """Send a few megabytes from ``offset`` on and return where it goes on.

    A piece whose answer was lost has arrived: then the offset is another one, and is asked for.
    """
    file.seek(offset)
    piece = file.read(PIECE_BYTES)
    checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    try:
        answer = connection.ask(
            append_to_upload,
            body=lambda: File(io.BytesIO(piece)),
            may_repeat=True,
            upload_id=begun.id,
            upload_offset=offset,
            upload_checksum=f"sha256 {checksum}",
            tus_resumable=TUS,
        )
    except Refused as refused:
        if refused.code not in ("upload_offset_mismatch", "upload_taken", "checksum_mismatch"):
            raise
        return int(connection.ask(get_upload, upload_id=begun.id).parsed.offset)
    return int(answer.headers["Upload-Offset"])
