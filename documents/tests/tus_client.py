"""Requests of tus as bytes over raw connections."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from config.tests.serving import Reply, Serving, Wire

UPLOADS = "/api/v1/uploads/"
CHUNK = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    """Return the value of ``Upload-Metadata``."""
    pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in values.items())
    return ",".join(pairs)


def checksum(content: bytes, algorithm: str = "sha1") -> str:
    """Return the value of ``Upload-Checksum``."""
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return f"{algorithm} {base64.b64encode(digest).decode()}"


class Tus:
    """A client with an API key; each request on a connection of its own."""

    def __init__(self, port: int | Serving, key: str | None) -> None:
        self.port = port if isinstance(port, int) else port.port
        self.key = key

    def begin(self, method: str, path: str, length: int | None = 0, **headers: Any) -> Wire:
        """Send the head of a request with a body of so many bytes (None: in chunks).

        A header that is None is left out.
        """
        named = {"tus_resumable": "1.0.0", **headers}
        if self.key:
            named.setdefault("authorization", f"Bearer {self.key}")
        framing = {"transfer_encoding": "chunked"} if length is None else {"content_length": length}
        present = {name: value for name, value in named.items() if value is not None}
        return Wire(self.port).head(method, path, **framing, **present)

    def ask(self, method: str, path: str, content: bytes = b"", **headers: Any) -> Reply:
        """Send a whole request and return its answer."""
        with self.begin(method, path, len(content), **headers) as wire:
            return wire.send(content).answer(method)

    def create(self, size_bytes: int, content: bytes = b"", **headers: Any) -> str:
        """Begin an upload and return its path."""
        kind = {"content_type": CHUNK} if content else {}
        reply = self.ask("POST", UPLOADS, content, upload_length=size_bytes, **kind, **headers)
        assert reply.status == 201, reply.body
        return reply.headers["location"][0]

    def send(self, path: str, offset: int, content: bytes, **headers: Any) -> Reply:
        """Send more bytes."""
        headers = {"content_type": CHUNK, "upload_offset": offset, **headers}
        return self.ask("PATCH", path, content, **headers)

    def begin_sending(self, path: str, offset: int, length: int | None, **headers: Any) -> Wire:
        """Send the head of a request with more bytes."""
        headers = {"content_type": CHUNK, "upload_offset": offset, **headers}
        return self.begin("PATCH", path, length, **headers)

    def offset(self, path: str) -> int:
        """Ask how many bytes have arrived."""
        reply = self.ask("HEAD", path)
        assert reply.status == 200, reply.status
        return int(reply.headers["upload-offset"][0])
