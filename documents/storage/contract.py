"""What every blob store can do, and how it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable
from uuid import UUID

from config.errors import Conflict, Missing, Unavailable
from documents.storage.staging import Staged, StagedBlob


class BlobExists(Conflict):
    """There is a blob under this id, and blobs are immutable."""


class BlobMissing(Missing):
    """There is no blob under this id."""


class StorageAway(Unavailable):
    """The service that keeps the bytes does not answer, or not as it should; it may pass."""

    code = "storage_unavailable"
    message = "Documents cannot be stored or fetched at the moment. Please try again."


class BlobReader(Protocol):
    """An open blob, or an open part of one."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes (-1: all that is left); empty at the end."""

    def close(self) -> None:
        """Release what reading holds."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class BlobStore(Protocol):
    """Immutable bytes under ids that the caller chooses.

    Order of work: bytes durable first (``commit``), then the row; on delete the row first. A
    crash in between leaves bytes that no row names; ``iter_ids`` is there to find them.
    Whatever reaches for bytes that are kept elsewhere may raise StorageAway.
    """

    def check(self) -> None:
        """Raise StorageFull, StorageAway or OSError unless bytes could be stored now."""

    def stage(self) -> StagedBlob:
        """Return an empty staged file for bytes that shall become a blob; raises StorageFull."""

    def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when so many bytes could not be staged now."""

    def commit(self, staged: Staged, blob_id: UUID) -> None:
        """Make staged bytes the blob ``blob_id``: durable when this returns, or not there.

        The staged file is gone afterwards. Raises BlobExists and StorageFull.
        """

    def open(self, blob_id: UUID, *, offset: int = 0, length: int | None = None) -> BlobReader:
        """Open ``length`` bytes (None: all) from ``offset``, to be read once, front to back.

        Raises BlobMissing.
        """

    def local_file(self, blob_id: UUID) -> AbstractContextManager[Path]:
        """Give a path to a file with the blob's bytes, read-only, valid inside the block."""

    def size(self, blob_id: UUID) -> int:
        """Return the number of bytes stored; raises BlobMissing."""

    def delete(self, blob_id: UUID) -> None:
        """Remove a blob; nothing happens when it is gone already."""

    def iter_ids(self, *, older_than: timedelta = timedelta()) -> Iterator[UUID]:
        """Return the ids of all blobs committed at least so long ago, in no order.

        What has a name that we would not give is somebody else's, and left out. Whoever looks
        for orphans must leave out young ones: their row may be on its way.
        """

    def collect_stale_staged(self, older_than: timedelta) -> int:
        """Remove what was begun and not gone on with for so long; return how many."""


@runtime_checkable
class HasPaths(Protocol):
    """A store whose blobs are files that another program on this machine could serve."""

    def path(self, blob_id: UUID) -> Path:
        """Return where the blob is or would be."""

    def relative_path(self, blob_id: UUID) -> str:
        """Return the same below the store's root, with slashes."""
