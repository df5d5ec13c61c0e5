"""A client of sockets that is not ours."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from config.tests.serving import Serving

PATIENCE_SECONDS = 10


class Socket:
    """A client of one socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def next(self) -> dict[str, Any]:
        """Return the next message that is not a heartbeat."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (message := self.any())["type"] == "heartbeat":
            assert time.monotonic() < deadline, "Only heartbeats come."
        return message

    def any(self) -> dict[str, Any]:
        """Return the next message."""
        message: dict[str, Any] = json.loads(self.connection.recv(PATIENCE_SECONDS))
        return message

    def rest(self) -> tuple[list[dict[str, Any]], int]:
        """Return all messages until the server closes, and the code of the close."""
        messages = []
        try:
            while True:
                messages.append(self.next())
        except ConnectionClosed as closed:
            return messages, closed.rcvd.code if closed.rcvd else 1006


@contextmanager
def open_socket(live: Serving, path: str, **headers: str) -> Iterator[Socket]:
    """Open ``path`` with these headers (``x_api_key="…"``)."""
    url = live.url.replace("http", "ws") + path
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(url, additional_headers=names, proxy=None) as connection:
        yield Socket(connection)
