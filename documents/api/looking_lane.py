"""Looks have threads of their own, and end when nobody waits for them any more.

A look holds its thread as long as a document takes to be read, up to ten seconds and more for one
that was made to be slow; on the threads of all other requests it would keep those waiting.
"""

from __future__ import annotations

import asyncio
import re
from threading import Event

from config.wire.gone import GONE
from config.wire.types import Application, Message, Receive, Scope, Send

_ID = "[0-9A-Fa-f-]{36}"
_LOOKS = re.compile(
    rf"/api/v1/(?:documents/{_ID}/(?:inspect|pages/[0-9]+/preview\.png)|watermark/(?:preview|validate))/?"
    rf"|/documents/{_ID}/watermark/(?:preview|picture|facts)/"
    rf"|/assets/{_ID}/preview\.png"
    r"|/batches/new/(?:preview|picture|facts|check)/"
    r"|/try/(?:picture/)?"
)


class LooksApart:
    """An ASGI application that serves looks by ``looks``, all else by ``otherwise``."""

    def __init__(self, otherwise: Application, looks: Application) -> None:
        self._otherwise = otherwise
        self._looks = looks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not _LOOKS.fullmatch(scope["path"]):
            await self._otherwise(scope, receive, send)
            return
        watched = _Watched(receive)
        environ = {**scope.get("environ", {}), GONE: watched.gone}
        try:
            await self._looks({**scope, "environ": environ}, watched.receive, send)
        finally:
            watched.stop()


class _Watched:
    """The request's messages; once its body is whole, somebody waits for the client to leave."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[Message] | None = None
        self.gone = Event()

    async def receive(self) -> Message:
        """Return the next message."""
        if self._watch is not None:
            return await asyncio.shield(self._watch)
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone.set()
        elif not message.get("more_body", False):
            self._watch = asyncio.create_task(self._until_gone())
        return message

    def stop(self) -> None:
        """Wait no longer."""
        if self._watch is not None:
            self._watch.cancel()

    async def _until_gone(self) -> Message:
        while (message := await self._receive())["type"] != "http.disconnect":
            pass
        self.gone.set()
        return message
