"""Collecting small request bodies on the loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.api.refusals import BadRequest, PayloadTooLarge
from config.wire.patience import PatientReceive
from config.wire.threads import Overloaded
from config.wire.types import Scope, announced_length, header

# What Django itself would hold of a body in memory (DATA_UPLOAD_MAX_MEMORY_SIZE).
BODY_MAX_BYTES = 2_621_440
HELD_MAX_BYTES = 64 * 1024 * 1024


class BodyCollector:
    """Collects bodies of at most ``max_bytes``, and all of them together of ``held_max_bytes``."""

    def __init__(
        self, max_bytes: int = BODY_MAX_BYTES, held_max_bytes: int = HELD_MAX_BYTES
    ) -> None:
        self._max = max_bytes
        self._held_max = held_max_bytes
        self._held = 0

    @asynccontextmanager
    async def collected(self, scope: Scope, receive: PatientReceive) -> AsyncIterator[bytes]:
        """Give the whole body, counted as held until the block ends.

        Raises PayloadTooLarge (from the headers alone where they suffice), BadRequest when the
        body ends early, RequestTimeout, Overloaded, and ClientGone.
        """
        announced = announced_length(scope)
        if announced is not None and announced > self._max:
            raise PayloadTooLarge
        parts: list[bytes] = []
        size = 0
        try:
            while receive.has_more:
                parts.append((await receive()).get("body", b""))
                size += len(parts[-1])
                self._held += len(parts[-1])
                if size > self._max:
                    raise PayloadTooLarge
                if self._held > self._held_max:
                    raise Overloaded
            if announced is not None and size != announced:
                raise BadRequest("The request body is not as long as its Content-Length says.")
            yield b"".join(parts)
        finally:
            self._held -= size


def has_body(scope: Scope) -> bool:
    """Tell from the headers whether a body follows them (RFC 9112, 6.3)."""
    length = header(scope, b"content-length")
    return length not in (None, b"0") or header(scope, b"transfer-encoding") is not None
