"""Bytes on their way in: files on the local disk that nobody refers to yet.

Every back end stages here, also one that keeps its objects elsewhere: bytes must be complete,
counted and hashed before they may become a blob.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from config.errors import DomainError

# os.writev takes no more buffers than this at once (IOV_MAX on Linux).
WRITEV_MAX = 1024
READ_BYTES = 1024 * 1024
# Longer than anybody is busy with a file without writing to it.
STALE_AFTER = timedelta(hours=1)
TIDY_SECONDS = 900


class StorageFull(DomainError):
    """The disk has no room for these bytes (RFC 4918, 11.5)."""

    code = "storage_full"
    status = 507
    message = "There is no room to store this file at the moment."


class Staged(Protocol):
    """What a store needs to know of bytes that it shall keep."""

    @property
    def path(self) -> Path:
        """Where they are."""

    @property
    def size_bytes(self) -> int:
        """How many."""

    @property
    def sha256(self) -> str:
        """Their hash, in hexadecimal."""


class StagedBlob:
    """One staged file: counts and hashes what is written to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        #: Known of what was measured: of copies, which come into archives.
        self.crc32: int | None = None
        self._hash = hashlib.sha256()
        self._descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o640)

    @property
    def sha256(self) -> str:
        """The hash of everything written so far, in hexadecimal."""
        return self._hash.hexdigest()

    def fileno(self) -> int:
        """Return the open descriptor: a child process may write there; then ``measure()``."""
        return self._descriptor

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append ``pieces``; raises StorageFull."""
        with storage_errors():
            for start in range(0, len(pieces), WRITEV_MAX):
                self._write_some(pieces[start : start + WRITEV_MAX])

    def measure(self) -> None:
        """Count and hash what the file holds, however it came there."""
        digest = hashlib.sha256()
        size = crc32 = 0
        while piece := os.pread(self._descriptor, READ_BYTES, size):
            digest.update(piece)
            crc32 = zlib.crc32(piece, crc32)
            size += len(piece)
        self._hash, self.size_bytes, self.crc32 = digest, size, crc32

    def close(self) -> None:
        """Close the descriptor; the file stays."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def discard(self) -> None:
        """Close and remove the file; nothing to do when a store has taken it."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write_some(self, pieces: Sequence[bytes]) -> None:
        expected = sum(map(len, pieces))
        for piece in pieces:
            self._hash.update(piece)
        written = os.writev(self._descriptor, pieces)
        if written < expected:
            # A disk about to fill up takes a part first and names the reason at the next call.
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self.size_bytes += expected


class StagingArea:
    """The directory in which files are staged.

    Whoever stages here also clears away what crashes have left: the relay does so, too, but it
    may run on another machine.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._tidy_at = 0.0

    def stage(self) -> StagedBlob:
        """Return a new empty staged file; raises StorageFull."""
        self._tidy()
        with storage_errors():
            self.directory.mkdir(parents=True, exist_ok=True)
            return StagedBlob(self.directory / uuid4().hex)

    def check(self) -> None:
        """Write a byte and remove it; raises StorageFull and OSError."""
        staged = self.stage()
        try:
            staged.write([b"\0"])
        finally:
            staged.discard()

    def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull unless that many bytes are free now: cheaper to hear at once."""
        with storage_errors():
            self.directory.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(self.directory).free < size_bytes:
                raise StorageFull

    def collect_stale(self, older_than: timedelta) -> int:
        """Remove what nobody has written to for so long (a crash left it); return how many."""
        if not self.directory.is_dir():
            return 0
        limit = time.time() - older_than.total_seconds()
        removed = 0
        for entry in self.directory.iterdir():
            try:
                if entry.stat().st_mtime < limit:
                    entry.unlink()
                    removed += 1
            except FileNotFoundError:  # committed or removed meanwhile
                continue
        return removed

    def _tidy(self) -> None:
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_SECONDS
            with suppress(OSError):
                self.collect_stale(STALE_AFTER)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn a full disk or an exhausted quota into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise
