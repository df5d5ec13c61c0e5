"""Files that grow over several requests until they are whole, on the local disk.

How much of an upload has arrived is the size of its file and nothing else: what a process has
written stays when it is killed. Bytes that came with a checksum do not count before they are
verified; until then ``<id>.unverified`` says where they begin.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

from config.errors import Conflict
from documents.storage.staging import READ_BYTES, TIDY_SECONDS, WRITEV_MAX, storage_errors

# Twice the time that a client has between two requests: no row can name such a file any more.
STALE_AFTER = timedelta(days=2)
POLL_SECONDS = 0.05
UNVERIFIED = ".unverified"


class UploadLocked(Conflict):
    """Another request is writing to the same upload."""

    code = "upload_locked"
    status = 423
    message = "Another request is writing to this upload. Please try again."
    retry_after_seconds = 1


class ResumableFiles:
    """The directory of these files, beside the staging area of the same file system."""

    def __init__(self, directory: Path, staging: Path) -> None:
        self.directory = directory
        self._staging = staging
        self._tidy_at = 0.0

    def path(self, upload_id: UUID) -> Path:
        """Return where the file of an upload is or would be."""
        return self.directory / str(upload_id)

    def create(self, upload_id: UUID, staged: Path | None = None) -> None:
        """Begin with nothing, or with a staged file, which is taken; raises StorageFull."""
        self._tidy()
        path = self.path(upload_id)
        with storage_errors():
            self.directory.mkdir(parents=True, exist_ok=True)
            if staged is None:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o640))
            else:
                _flush(staged)
                staged.rename(path)
            _flush(self.directory)

    def offset(self, upload_id: UUID) -> int:
        """Return how many bytes count; raises FileNotFoundError."""
        path = self.path(upload_id)
        before = _unverified_from(path)
        size = path.stat().st_size
        starts = [start for start in (before, _unverified_from(path)) if start is not None]
        return min([size, *starts])

    def open(self, upload_id: UUID, *, patience_seconds: float = 0) -> GrowingFile:
        """Open a file to be its only writer; blocks at most so long.

        Raises UploadLocked and FileNotFoundError.
        """
        give_up_at = time.monotonic() + patience_seconds
        while True:
            try:
                return GrowingFile(self.path(upload_id))
            except UploadLocked:
                if time.monotonic() >= give_up_at:
                    raise
            time.sleep(POLL_SECONDS)

    def stage(self, upload_id: UUID) -> Path:
        """Return a second, staged name of a whole file, for a store to take."""
        staged = self._staging / uuid4().hex
        with storage_errors():
            self._staging.mkdir(parents=True, exist_ok=True)
            staged.hardlink_to(self.path(upload_id))
        return staged

    def remove(self, upload_id: UUID) -> None:
        """Forget the file; nothing happens when it is gone already."""
        path = self.path(upload_id)
        path.unlink(missing_ok=True)
        _mark_of(path).unlink(missing_ok=True)

    def iter_ids(self, *, older_than: timedelta = timedelta()) -> Iterator[UUID]:
        """Return the ids of all files that nobody has written to for so long."""
        for path in self._untouched(older_than):
            with suppress(ValueError):  # a mark, or somebody else's
                yield UUID(path.name)

    def collect_stale(self, older_than: timedelta = STALE_AFTER) -> int:
        """Remove what nobody has written to for so long; return how much it was."""
        removed = 0
        for path in list(self._untouched(older_than)):
            path.unlink(missing_ok=True)
            removed += 1
        return removed

    def _untouched(self, older_than: timedelta) -> Iterator[Path]:
        if not self.directory.is_dir():
            return
        limit = time.time() - older_than.total_seconds()
        for path in self.directory.iterdir():
            with suppress(FileNotFoundError):  # removed meanwhile
                if path.stat().st_mtime <= limit:
                    yield path

    def _tidy(self) -> None:
        """Clear away by age alone: the relay knows the rows, but may be on another machine."""
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_SECONDS
            with suppress(OSError):
                self.collect_stale()


class GrowingFile:
    """An upload's file, open for its one writer. Begins at the end of what counts.

    A thread may write while another one closes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guarded_from: int | None = None
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._claim()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def size_bytes(self) -> int:
        """How many bytes there are, verified or not."""
        return os.fstat(self._descriptor).st_size

    def guard(self) -> None:
        """Let nothing that is written from now on count before ``confirm``."""
        mark, self._guarded_from = _mark_of(self._path), self.size_bytes
        with storage_errors():
            with mark.open("x") as file:
                file.write(str(self._guarded_from))
            _flush(mark)
            _flush(mark.parent)

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append ``pieces``; raises StorageFull: what did fit stays."""
        with self._lock, storage_errors():
            if self._descriptor < 0:
                return
            for start in range(0, len(pieces), WRITEV_MAX):
                self._write_some(pieces[start : start + WRITEV_MAX])

    def confirm(self) -> None:
        """Let what was written since ``guard`` count: it is what it should be."""
        with self._lock, storage_errors():
            self._end_guard(keep=True)

    def sha256(self) -> str:
        """Return the hash of the whole file, in hexadecimal; reads all of it."""
        digest, at = hashlib.sha256(), 0
        while piece := os.pread(self._descriptor, READ_BYTES, at):
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()

    def close(self) -> None:
        """Make durable what counts, cut off what does not, let the next writer in; blocks."""
        with self._lock:
            if self._descriptor < 0:
                return
            try:
                self._end_guard(keep=False)
                with storage_errors():
                    os.fdatasync(self._descriptor)
            finally:
                descriptor, self._descriptor = self._descriptor, -1
                os.close(descriptor)

    def _claim(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadLocked from None
        # Who waited for the lock may hold what has become a blob meanwhile.
        if not os.path.samestat(self._path.stat(), os.fstat(self._descriptor)):
            raise FileNotFoundError(self._path)
        self._guarded_from = _unverified_from(self._path)
        self._end_guard(keep=False)
        os.utime(self._descriptor)  # in use, also when nothing comes
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def _end_guard(self, *, keep: bool) -> None:
        start, self._guarded_from = self._guarded_from, None
        if start is None:
            return
        if not keep and self.size_bytes > start:
            os.ftruncate(self._descriptor, start)
            os.lseek(self._descriptor, 0, os.SEEK_END)
        os.fsync(self._descriptor)
        _mark_of(self._path).unlink(missing_ok=True)
        _flush(self._path.parent)

    def _write_some(self, pieces: Sequence[bytes]) -> None:
        expected = sum(map(len, pieces))
        written = os.writev(self._descriptor, pieces)
        if written < expected:
            # A disk about to fill up takes a part first and names the reason at the next call.
            rest = memoryview(b"".join(pieces))[written:]
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]


def _mark_of(path: Path) -> Path:
    return path.with_name(path.name + UNVERIFIED)


def _unverified_from(path: Path) -> int | None:
    """Return where unverified bytes begin; None when there are none.

    A mark without a number was cut short before the first of them was written.
    """
    try:
        text = _mark_of(path).read_text()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() else path.stat().st_size


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
