"""What uvicorn itself answers to who asks for a socket and does it wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Response

from config.middleware import SECURITY_HEADERS


class GuardedHandshakes(WebSocketsSansIOProtocol):
    """Refuses a handshake with the headers that every other answer has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Accepting ends there, too, when the handshake is not one (websockets' ServerProtocol).
        self.conn.reject = _guarded(self.conn.reject)  # type: ignore[method-assign] # there is no other way in


def _guarded(reject: Callable[..., Response]) -> Callable[..., Response]:
    def guarded(*args: Any) -> Response:
        response = reject(*args)
        for name, value in SECURITY_HEADERS.items():
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded
