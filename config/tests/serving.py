"""A real server for tests: uvicorn on a free port, in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import uvicorn

from config.database.reach import no_tenant


class Serving:
    """``with Serving(application) as server``: serves real connections inside the block.

    ``application`` may be ``"module:name"``, ``options`` are uvicorn's; ``url`` has no slash at
    its end.
    """

    def __init__(self, application: Callable[..., Awaitable[None]] | str, **options: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                lifespan="on",
                log_config=None,
                proxy_headers=False,  # as in deploy/gunicorn.conf.py
                timeout_graceful_shutdown=5,
                **options,
            )
        )
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Serving:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("The server ended before it began to serve.")
            time.sleep(0.005)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End open requests, the application's threads and their database connections."""
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()
        if self._thread.is_alive():
            raise RuntimeError("The server does not end.")

    def _serve(self) -> None:
        with no_tenant():  # as in a process of the web, and unlike in a test's
            self._server.run([self._socket])

    def is_idle(self) -> bool:
        """Whether every request and every socket has come to its end, also of clients that left."""
        return not self._server.server_state.tasks

    def connect(self) -> Wire:
        """Return a raw connection, for what HTTP clients would never send."""
        return Wire(self.port)


class Wire:
    """One connection: send bytes, read one answer at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self.socket.close()

    def send(self, *pieces: bytes | str) -> Wire:
        """Send pieces as they are; texts as latin-1."""
        for piece in pieces:
            self.socket.sendall(piece.encode("latin-1") if isinstance(piece, str) else piece)
        return self

    def head(self, method: str, path: str, **headers: Any) -> Wire:
        """Send a request line and headers (``content_length=3`` is ``content-length: 3``)."""
        lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return self.send("\r\n".join(lines), "\r\n\r\n")

    def answer_line(self) -> bytes:
        """Read an interim answer and return its status line (RFC 9110, 15.2)."""
        line = self._file.readline()
        self._file.readline()
        return line

    def line(self) -> bytes:
        """Read one line of a head, without its end; empty after the last."""
        return self._file.readline().strip()

    def answer(self, method: str = "GET") -> Reply:
        """Read one answer."""
        status = int(self._file.readline().split()[1])
        headers: dict[str, list[str]] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers.setdefault(name.lower(), []).append(value.strip())
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == ["chunked"]:
            body = b"".join(iter(self._chunk, b""))
        else:
            body = self._file.read(int(headers["content-length"][0]))
        return Reply(status, headers, body)

    def is_closed(self) -> bool:
        """Wait for the server to hang up; whether it did so in order."""
        return self._file.read(1) == b""

    def _chunk(self) -> bytes:
        data = self._file.read(int(self._file.readline(), 16))
        self._file.readline()
        return data


class Reply:
    """Status, headers (each a list, by lower-case name) and body."""

    def __init__(self, status: int, headers: dict[str, list[str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
