"""A client of event streams that shows what really came over the wire."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any

from config.tests.serving import Serving

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Event:
    """One event; of a comment the kind is empty."""

    kind: str
    id: str
    data: Any
    text: str


class Stream:
    """``with Stream(live, path, **headers) as stream``; the answer's head has been read."""

    def __init__(self, live: Serving | int, path: str, **headers: str) -> None:
        port = live if isinstance(live, int) else live.port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, PATIENCE_SECONDS)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers={"host": "localhost", **named})
        self._answer = self._connection.getresponse()
        self.status = self._answer.status

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def header(self, name: str) -> str | None:
        """Return a header of the answer."""
        return self._answer.headers.get(name)

    def problem(self) -> str:
        """Return the code of a refusal."""
        return str(json.loads(self._answer.read())["type"])

    def any(self) -> Event | None:
        """Return the next event or comment; None at the end."""
        lines = []
        while line := self._answer.readline():
            text = line.decode().rstrip("\n")
            if not text:
                break
            lines.append(text)
        if not lines:
            return None
        fields = dict(line.partition(": ")[::2] for line in lines if not line.startswith(":"))
        data = json.loads(fields["data"]) if "data" in fields else None
        return Event(fields.get("event", ""), fields.get("id", ""), data, "\n".join(lines))

    def next(self) -> Event | None:
        """Return the next that is no comment."""
        while (found := self.any()) is not None and not found.kind:
            pass
        return found

    def rest(self) -> list[Event]:
        """Return all events until the server ends the stream."""
        return list(iter(self.next, None))
