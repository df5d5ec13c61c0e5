"""The blob store on a local (or shared POSIX) file system."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from documents.storage.contract import BlobExists, BlobMissing
from documents.storage.names import id_at, place_of
from documents.storage.slices import FileSlice
from documents.storage.staging import Staged, StagedBlob, StagingArea, storage_errors


class LocalBlobStore:
    """Blobs as files ``<root>/ab/cd/<id>``, staged in ``<root>/staging``.

    The staging area is on the same file system, so that committing is a hard link: it appears
    whole or not at all, and never replaces anything.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._staging = StagingArea(self.root / "staging")

    def check(self) -> None:
        """Write a byte and remove it; raises StorageFull and OSError."""
        self._staging.check()

    def stage(self) -> StagedBlob:
        """Return an empty staged file; raises StorageFull."""
        return self._staging.stage()

    def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when so many bytes could not be staged now."""
        self._staging.require_room(size_bytes)

    def commit(self, staged: Staged, blob_id: UUID) -> None:
        """Flush, link, flush the directory, forget the staged name."""
        final = self.path(blob_id)
        with storage_errors():
            _flush(staged.path)
            changed = self._make_directories(final)
            try:
                final.hardlink_to(staged.path)
            except FileExistsError:
                raise BlobExists(f"Blob {blob_id} exists.") from None
            try:
                # The first of these writes the journal for all on most file systems; none may
                # be left out on the others.
                for directory in changed:
                    _flush(directory)
            except BaseException:
                final.unlink(missing_ok=True)
                raise
        staged.path.unlink()

    def open(self, blob_id: UUID, *, offset: int = 0, length: int | None = None) -> FileSlice:
        """Open ``length`` bytes (None: all) from ``offset``; raises BlobMissing."""
        try:
            file = self.path(blob_id).open("rb", buffering=0)
        except FileNotFoundError:
            raise BlobMissing from None
        return FileSlice(file, offset, length)

    @contextmanager
    def local_file(self, blob_id: UUID) -> Iterator[Path]:
        """Give the blob's own path; raises BlobMissing."""
        self.size(blob_id)
        yield self.path(blob_id)

    def size(self, blob_id: UUID) -> int:
        """Return the number of bytes stored; raises BlobMissing."""
        try:
            return self.path(blob_id).stat().st_size
        except FileNotFoundError:
            raise BlobMissing from None

    def delete(self, blob_id: UUID) -> None:
        """Remove a blob; nothing happens when it is gone already."""
        self.path(blob_id).unlink(missing_ok=True)

    def iter_ids(self, *, older_than: timedelta = timedelta()) -> Iterator[UUID]:
        """Return the ids of all blobs committed at least so long ago."""
        limit = time.time() - older_than.total_seconds()
        for path in self.root.glob("??/??/*"):
            blob_id = id_at(path.relative_to(self.root).as_posix())
            try:
                # Linking sets the change time; the modification time is the last write's.
                if blob_id and path.stat().st_ctime <= limit:
                    yield blob_id
            except FileNotFoundError:  # deleted meanwhile
                continue

    def collect_stale_staged(self, older_than: timedelta) -> int:
        """Remove staged files that nobody has written to for so long; return how many."""
        return self._staging.collect_stale(older_than)

    def path(self, blob_id: UUID) -> Path:
        """Return where the blob is or would be."""
        return self.root / self.relative_path(blob_id)

    def relative_path(self, blob_id: UUID) -> str:
        """Return the same below the root, with slashes."""
        return place_of(blob_id)

    def _make_directories(self, final: Path) -> list[Path]:
        """Make what is missing; return the directories that get new names, the lowest first."""
        changed = [final.parent]
        for directory in (final.parent, final.parent.parent):
            if directory.is_dir():
                break
            changed.append(directory.parent)
        final.parent.mkdir(parents=True, exist_ok=True)
        return changed


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
