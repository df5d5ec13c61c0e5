"""Other front ends: pages of which origins may read what the API answers (Fetch standard, 3.3).

Outside of all lanes, so that whatever answers under ``/api/`` can be read: a view, an upload that
is refused before its body, a full queue. An origin is allowed by its exact name. Cookies are never
asked for (``Access-Control-Allow-Credentials`` is not sent): who is elsewhere shows a key or a
token, which no browser sends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.http import HttpResponse

from config.wire.early import answer_early
from config.wire.types import Application, Message, Receive, Scope, Send, header

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What requests may carry beside the headers that browsers always allow.
ASKED = (
    *("Authorization", "X-API-Key", "Content-Type", "Idempotency-Key", "Prefer", "X-Request-ID"),
    *("If-Match", "If-None-Match", "If-Range", "Range", "Last-Event-ID", "Cache-Control"),
    *("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum"),
    *("Upload-Concat", "Upload-Defer-Length", "X-HTTP-Method-Override", "X-Requested-With"),
)
# What scripts may read of answers beside the headers that they always may.
TOLD = (
    *("Location", "ETag", "Retry-After", "X-Request-ID", "Link", "Deprecation", "Sunset"),
    *("RateLimit", "RateLimit-Policy"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    *("Idempotency-Replayed", "Preference-Applied", "WWW-Authenticate", "Allow"),
    *("Accept-Ranges", "Content-Range", "Content-Disposition", "Content-Length"),
    *("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"),
    *("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
)
# The longest that a browser keeps an answer to a preflight (Chromium; others keep it longer).
KEPT_SECONDS = 7200
_EXPOSED = ", ".join(TOLD).encode()


class CrossOrigin:
    """An ASGI application in front of ``application``; nothing changes while nobody is allowed."""

    def __init__(self, application: Application, *, origins: Callable[[], Collection[str]]) -> None:
        self._application = application
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        origins = self._origins()
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not origins or not path.startswith(("/api/", "/openapi.json")):
            await self._application(scope, receive, send)
            return
        origin = (header(scope, b"origin") or b"").decode("latin-1")
        allowed = origin if origin in origins else None
        if scope["method"] == "OPTIONS" and header(scope, b"access-control-request-method"):
            await answer_early(scope, send, lambda _: preflight(allowed))
            return
        await self._application(scope, receive, _telling(send, allowed))


def preflight(origin: str | None) -> HttpResponse:
    """Return what an origin may do; whose page is not allowed is told nothing, and stops there."""
    headers = {"Vary": "Origin"}
    if origin is not None:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": ", ".join(METHODS),
            "Access-Control-Allow-Headers": ", ".join(ASKED),
            "Access-Control-Max-Age": str(KEPT_SECONDS),
        }
    response = HttpResponse(status=204, headers=headers)
    del response["Content-Type"]
    return response


def _telling(send: Send, origin: str | None) -> Send:
    """Return ``send`` for answers that say who may read them; caches are told on what it hangs."""
    told = [(b"vary", b"Origin")]
    if origin is not None:
        told += [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *told]}
        await send(message)

    return answer
