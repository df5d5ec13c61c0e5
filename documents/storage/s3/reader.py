"""Reading an object, through connections that break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from documents.storage.contract import StorageAway
from documents.storage.s3.client import TRIES, s3_errors


class ObjectReader:
    """The bytes of an object from ``offset``: as many as ``fetch(offset)`` announces.

    When a connection breaks, the rest is asked for again: an object never changes.
    """

    def __init__(self, fetch: Callable[[int], Any], offset: int) -> None:
        self._fetch = fetch
        self._offset = offset
        with s3_errors():
            answer = fetch(offset)
        self._body = answer["Body"]
        self._left = int(answer["ContentLength"])
        self.metadata: dict[str, str] = answer["Metadata"]

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes (-1: all that is left); raises StorageAway."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        for tries_left in reversed(range(TRIES)):
            try:
                with s3_errors():
                    piece: bytes = self._body.read(wanted)
                    if not piece:
                        raise StorageAway("The object ends too early.")
                    break
            except StorageAway:
                if not tries_left:
                    raise
                self._reopen()
        self._offset += len(piece)
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Give the connection back, or up."""
        self._body.close()

    def __enter__(self) -> ObjectReader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _reopen(self) -> None:
        self._body.close()
        with s3_errors():
            self._body = self._fetch(self._offset)["Body"]
