"""The words of tus, the protocol for resumable uploads (tus.io, version 1.0.0).

Read the same way by the lane, which takes the bytes, and the views, which answer.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import http_date

from config.errors import Conflict, Invalid

VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
# By the names that hashlib has for them, with the length of their digests.
ALGORITHMS = {"sha1": 20, "sha256": 32}
METADATA_MAX = 4096
OVERRIDE = "x-http-method-override"
OVERRIDES = frozenset({"PATCH", "DELETE", "HEAD"})
_NUMBER = re.compile("[0-9]{1,18}")


class TusVersionUnsupported(Invalid):
    """The client speaks another version, or does not say which (tus 1.0.0, Tus-Resumable)."""

    code = "tus_version_unsupported"
    status = 412
    message = "Send the header Tus-Resumable: 1.0.0."


class OffsetMismatch(Conflict):
    """What is sent does not begin where what has arrived ends."""

    code = "upload_offset_mismatch"
    message = "This is not where the upload goes on. Ask for its offset with HEAD."


class ChecksumMismatch(Invalid):
    """The bytes are not those that the client has hashed (tus 1.0.0, Checksum)."""

    code = "checksum_mismatch"
    status = 460
    message = "The bytes that arrived do not have the checksum of Upload-Checksum."


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a client says of its file; ``text`` is how it said it."""

    text: str
    values: Mapping[str, str]

    def first(self, *names: str) -> str:
        """Return the first of these that says anything."""
        return next(filter(None, (self.values.get(name) for name in names)), "")


def require_version(text: str | None) -> None:
    """Raise TusVersionUnsupported unless the client speaks our version."""
    if text != VERSION:
        raise TusVersionUnsupported


def read_number(name: str, text: str | None) -> int:
    """Return the number in a header; raises Invalid."""
    if text is not None and _NUMBER.fullmatch(text):
        return int(text)
    kind = "missing" if text is None else "int_parsing"
    raise _bad(name, "A whole number of bytes is required", kind)


def read_length(text: str | None) -> int:
    """Return ``Upload-Length``; raises Invalid, also for nothing at all, which is no document."""
    length = read_number("Upload-Length", text)
    if length < 1:
        raise _bad("Upload-Length", "An empty file is not a PDF", "greater_than_equal")
    return length


def read_checksum(text: str | None) -> Checksum | None:
    """Return what ``Upload-Checksum`` says, if it is there; raises Invalid."""
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    digest = _decoded(encoded)
    if ALGORITHMS.get(algorithm) != len(digest or b"") or digest is None:
        names = " or ".join(ALGORITHMS)
        raise _bad("Upload-Checksum", f"Send {names}, a space, and the digest in base64")
    return Checksum(algorithm, digest)


def read_metadata(text: str | None) -> Metadata:
    """Return what ``Upload-Metadata`` says: keys and values in base64, of UTF-8; raises Invalid."""
    text = (text or "").strip()
    if len(text) > METADATA_MAX:
        raise _bad("Upload-Metadata", f"At most {METADATA_MAX} characters are kept", "too_long")
    if not text.isascii():
        raise _bad("Upload-Metadata", "Only ASCII is allowed")
    values: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        key, _, encoded = pair.strip().partition(" ")
        value = _decoded(encoded)
        if not re.fullmatch("[!-+\\--~]+", key) or key in values or value is None:
            raise _bad("Upload-Metadata", "Send pairs of a key and its value in base64")
        try:
            values[key] = value.decode().replace("\0", "")
        except UnicodeDecodeError:
            raise _bad("Upload-Metadata", f"The value of {key} is not UTF-8") from None
    return Metadata(text, values)


def expires_header(moment: datetime) -> str:
    """Return the value of ``Upload-Expires`` (an HTTP date)."""
    return http_date(moment.timestamp())


def is_chunk(content_type: str) -> bool:
    """Whether the body is bytes of an upload."""
    return content_type.partition(";")[0].strip().lower() == CHUNK_TYPE


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _bad(name: str, message: str, kind: str = "value_error") -> Invalid:
    return Invalid(problems=[{"loc": ["header", name], "msg": message, "type": kind}])
