"""Reading bytes of a resumable upload from the socket to the disk, a batch in memory at most."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from config.api.refusals import PayloadTooLarge
from config.wire.patience import PatientReceive
from config.wire.threads import Threads
from documents import tus

# As for forms (reader.py).
BATCH_BYTES = 256 * 1024


class ChunkReader:
    """Hands what arrives to ``write``, which blocks, and hashes it if it has a checksum."""

    def __init__(
        self,
        write: Callable[[Sequence[bytes]], None],
        left_bytes: int,
        checksum: tus.Checksum | None,
    ) -> None:
        self._write = write
        self._left = left_bytes
        self._checksum = checksum
        self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._pieces: list[bytes] = []
        self._waiting_bytes = 0

    async def read(self, receive: PatientReceive, disk: Threads) -> None:
        """Read to the end of the body; whatever ends it, what has arrived is written down.

        Raises PayloadTooLarge, StorageFull, ChecksumMismatch and what ``receive`` raises.
        """
        try:
            while receive.has_more:
                self._take((await receive()).get("body", b""))
                if self._waiting_bytes >= BATCH_BYTES:
                    await disk.run(self._flush)
        finally:
            await disk.run(self._flush)
        if self._hash and self._checksum and self._hash.digest() != self._checksum.digest:
            raise tus.ChecksumMismatch

    def _take(self, data: bytes) -> None:
        if len(data) > self._left:
            raise longer_than_announced()
        self._left -= len(data)
        self._waiting_bytes += len(data)
        self._pieces.append(data)

    def _flush(self) -> None:
        pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
        if self._hash is not None:
            for piece in pieces:
                self._hash.update(piece)
        self._write(pieces)


def longer_than_announced() -> PayloadTooLarge:
    """Return the refusal of more bytes than the upload has left."""
    return PayloadTooLarge("This is more than Upload-Length has announced.")
