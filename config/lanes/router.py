"""Which lane serves what, and the life of the process around them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from config.wire.types import Application, Receive, Scope, Send

Hook = Callable[[], Awaitable[None]]


class LaneRouter:
    """The outermost ASGI application: sends each scope down its lane.

    ``apart`` are paths that must be served whatever the lane of all others is waiting for.
    """

    def __init__(
        self,
        *,
        http: Application,
        websocket: Application,
        apart: Mapping[str, Application] | None = None,
        on_shutdown: Sequence[Hook] = (),
    ) -> None:
        self._http = http
        self._apart = apart or {}
        self._websocket = websocket
        self._on_shutdown = on_shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one socket or the server's life."""
        if scope["type"] == "http":
            lane = self._apart.get(scope["path"], self._http)
            await lane(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Speak the lifespan protocol: everything starts when first used, and ends here."""
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        for hook in self._on_shutdown:
            await hook()
        await send({"type": "lifespan.shutdown.complete"})
