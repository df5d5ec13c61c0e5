"""What Django's answer is to the loop: all of it at once, or a first piece and a rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO, Protocol

from django.db import close_old_connections

from config.wire.environ import Environ

READ_BYTES = 256 * 1024
GATHER_SECONDS = 0.1

WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Rest(Protocol):
    """What of an answer is still to be read. Both methods may block."""

    #: Whether every call must come from the same thread.
    thread_bound: bool

    def read(self) -> bytes:
        """Return the next piece; empty at the end."""

    def close(self) -> None:
        """Release everything, whether or not all was read."""


class StoredFile:
    """An open file, read as it is sent: the ``wsgi.file_wrapper`` of PEP 3333."""

    thread_bound = False

    def __init__(self, file: BinaryIO, block_bytes: int = READ_BYTES) -> None:
        self._file = file

    def read(self) -> bytes:
        """Return the next piece; one of less than READ_BYTES is the last."""
        piece = self._file.read(READ_BYTES)
        while len(piece) < READ_BYTES and (more := self._file.read(READ_BYTES - len(piece))):
            piece += more
        return piece

    def close(self) -> None:
        """Close the file, and by Django's arrangement the response."""
        self._file.close()


class Stream:
    """An iterator of bytes. It may query: database connections belong to their thread."""

    thread_bound = True

    def __init__(self, response: Any) -> None:
        self._response = response
        self._pieces = iter(response)

    def read(self) -> bytes:
        """Gather small pieces (the rows of a table) while they come fast."""
        gathered = bytearray()
        started = time.monotonic()
        for piece in self._pieces:
            gathered += piece
            if len(gathered) >= READ_BYTES or time.monotonic() - started > GATHER_SECONDS:
                if gathered:
                    break
        return bytes(gathered)

    def close(self) -> None:
        """Close the iterator and the response."""
        self._response.close()


class Answer:
    """Status, headers, the first piece of the body and, where there is more, the rest."""

    __slots__ = ("status", "headers", "body", "rest")

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.rest: Rest | None = None

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        """Be WSGI's ``start_response``."""
        self.status = int(status[:3])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        return _refuse_write

    def set_length(self) -> None:
        """Say how long a whole body is, unless Django has."""
        if not any(name == b"content-length" for name, _ in self.headers):
            self.headers.append((b"content-length", str(len(self.body)).encode()))

    def read_first(self, file: StoredFile) -> None:
        """Read the first piece; a small file ends here and costs no further hop."""
        self.body = file.read()
        if len(self.body) == READ_BYTES:
            self.rest = file

    def drop_length(self, method: str) -> None:
        """Say no length where HEAD would not either: 204 and 304 (RFC 9110, 8.6)."""
        if method != "HEAD":
            self.headers = [pair for pair in self.headers if pair[0] != b"content-length"]


def answer_request(application: WSGIApplication, environ: Environ) -> Answer:
    """Run one request; whatever needs no more reading is closed when this returns."""
    method = environ["REQUEST_METHOD"]
    answer = Answer()
    result: Any = application(environ, answer.start)
    bodiless = method == "HEAD" or answer.status in (204, 304)
    try:
        if bodiless:
            answer.drop_length(method)
        elif isinstance(result, StoredFile):
            answer.read_first(result)
        elif getattr(result, "streaming", False):
            answer.rest = Stream(result)
        else:
            answer.body = b"".join(result)
            answer.set_length()
    finally:
        if answer.rest is None:
            result.close()
        else:
            # Closing the response is what gives the database connection back; here that is
            # as far away as the client is slow, and would happen in another thread.
            close_old_connections()
    return answer


def _refuse_write(data: bytes) -> object:
    raise NotImplementedError("write() of PEP 3333 is not supported: return an iterable")
