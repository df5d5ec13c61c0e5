"""How long a request's head may be, and how long it may take (uvicorn has no bounds for either)."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.middleware import SECURITY_HEADERS

# nginx allows as many in front, and four lines of 8 kB.
HEAD_SECONDS = 10.0
# Where in a scope an ``asyncio.Event`` tells that the server stops: for answers without end.
STOPPING = "countermark.stopping"
# Beside the piece that is read last.
HEAD_MAX_BYTES = 64 * 1024

_HEADERS = "\r\n".join(
    ("", *(f"{name}: {value}" for name, value in SECURITY_HEADERS.items()))
    + ("cache-control: no-store", "connection: close", "content-length: 0")
).encode()


class BoundedHeads(HttpToolsProtocol):
    """Hangs up on who sends a head without end, or sits on a connection without sending one.

    Else anybody could hold any number of connections, or fill the memory, before the first line
    of ours runs. Between two requests uvicorn's own time for idle connections counts.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._is_in_body = False
        self._stopping = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head that is not complete."""
        if not self._is_in_body:
            self._await_head()
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > HEAD_MAX_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_headers_complete(self) -> None:
        """Take the head as complete."""
        self._stop_waiting()
        self._head_bytes = 0
        self._is_in_body = True
        self.scope[STOPPING] = self._stopping  # type: ignore[literal-required] # ours
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect another head after this body."""
        self._is_in_body = False
        super().on_message_complete()

    def shutdown(self) -> None:
        """Let the answer under way end; the server waits for it."""
        self._stopping.set()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; ``msg``, of uvicorn, is in the log."""
        self._refuse(b"400 Bad Request")

    def _await_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._await_head()  # sent ahead, and not read on until the answer before is out
        else:
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            lines = (b"HTTP/1.1 ", status, _HEADERS, b"\r\n\r\n")
            self.transport.write(b"".join(lines))
            self.transport.close()
