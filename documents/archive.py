"""All copies of a batch as one ZIP file, made of the stored bytes while it is sent.

Nothing is written down for it: names, sizes and checksums tell where each byte will be, so its
length is known in advance, and any part of it can be sent again.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from uuid import UUID

from config.csv_cells import safe_cell
from documents.batch_queries import ItemRow
from documents.models import Batch, Blob
from documents.storage import BlobReader, blob_store
from documents.zip_layout import Entry, Stretch, ZipLayout

READ_BYTES = 1024 * 1024
# What file systems take for one name, less what unpackers put behind it.
NAME_MAX_BYTES = 200
# What Windows takes in no name, and names that mean devices there.
_UNSAFE = re.compile(r'[<>:"|?*/\\]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)


class ArchiveBroken(OSError):
    """Bytes that belong into the archive are not there any more."""


class Archive:
    """The copies that are there, each under its name."""

    def __init__(self, batch: Batch, rows: Sequence[ItemRow]) -> None:
        checksums = _checksums(rows)
        entries = [
            Entry(name, row.job__result__size_bytes or 0, checksums[blob_id], blob_id)
            for name, row in zip(names_of(rows), rows, strict=True)
            if (blob_id := row.job__result_id)
        ]
        hashes = (f"{row.job__result__sha256}" for row in rows if row.job__result_id)
        named = zip((entry.name for entry in entries), hashes, strict=True)
        self._layout = ZipLayout(entries, batch.finished_at or batch.created_at)
        #: Changes with every byte.
        self.sha256 = hashlib.sha256(repr((batch.finished_at, *named)).encode()).hexdigest()
        self.count = len(entries)
        self.size_bytes = self._layout.size_bytes

    def open(self, *, offset: int = 0, length: int | None = None) -> ArchiveReader:
        """Open a part of it, to be read once, front to back."""
        stop = self.size_bytes if length is None else offset + length
        return ArchiveReader(self._layout.stretches(offset, stop))


class ArchiveReader:
    """Reads one stretch after the other; never more than one blob is open."""

    def __init__(self, stretches: Iterable[Stretch[UUID]]) -> None:
        self._stretches = iter(stretches)
        self._open: BlobReader | None = None
        self._left = 0

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, fewer only at the end; raises ArchiveBroken and StorageAway."""
        pieces: list[bytes] = []
        wanted = size if size >= 0 else 1 << 62
        while wanted:
            if not self._left and not self._next():
                break
            piece = self._take(min(wanted, self._left))
            pieces.append(piece)
            wanted -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close what is open."""
        self._leave()

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _leave(self) -> None:
        # Not close(): Django puts its own in that place, which ends the whole response.
        if self._open is not None:
            self._open.close()
            self._open = None

    def _next(self) -> bool:
        self._leave()
        stretch = next(self._stretches, None)
        if stretch is None:
            return False
        self._left = stretch.length
        if isinstance(stretch.content, bytes):
            stop = stretch.offset + stretch.length
            self._bytes = stretch.content[stretch.offset : stop]
        else:
            self._open = blob_store().open(
                stretch.content, offset=stretch.offset, length=stretch.length
            )
        return True

    def _take(self, size: int) -> bytes:
        if self._open is None:
            piece, self._bytes = self._bytes[:size], self._bytes[size:]
        else:
            piece = self._open.read(size)
            if not piece:
                raise ArchiveBroken("A copy is shorter than its row says.")
        self._left -= len(piece)
        return piece


def names_of(rows: Iterable[ItemRow]) -> list[str]:
    """Return the name of each item's copy in the archive, whether there is one or not.

    Unique also where letters' case does not count, and harmless on every system.
    """
    taken: Counter[str] = Counter()
    return [
        _unique(
            _harmless(PurePosixPath(row.file_name).stem), row.job__output_format or "pdf", taken
        )
        for row in rows
    ]


def _unique(stem: str, kind: str, taken: Counter[str]) -> str:
    """Return the first free name; ``taken`` counts, so that a thousand equal ones are no work."""
    wish = name = f"{stem}-marked.{kind}"
    while taken[name.casefold()]:
        taken[wish.casefold()] += 1
        name = f"{stem}-marked ({taken[wish.casefold()]}).{kind}"
    taken[name.casefold()] += 1
    return name


def _harmless(stem: str) -> str:
    stem = _UNSAFE.sub("_", stem).lstrip(" .-~").rstrip(" .")
    stem = stem.encode()[:NAME_MAX_BYTES].decode(errors="ignore").rstrip(" .")
    # So that the manifest, in which nothing may be a formula, has the very same names.
    if safe_cell(f"_{stem}") != f"_{stem}":
        stem = stem.replace(";", "_")
    is_formula = safe_cell(stem) != stem
    return f"_{stem}" if not stem or is_formula or _DEVICE.match(stem) else stem


def _checksums(rows: Sequence[ItemRow]) -> dict[UUID, int]:
    """Return the CRC-32 of each copy; what nobody has counted yet is read, once."""
    known = {
        row.job__result_id: row.job__result__crc32 for row in rows if row.job__result_id is not None
    }
    missing = {blob_id: _counted(blob_id) for blob_id, crc32 in known.items() if crc32 is None}
    if missing:
        blobs = [Blob(pk=blob_id, crc32=crc32) for blob_id, crc32 in missing.items()]
        Blob.objects.bulk_update(blobs, ["crc32"])
    return {
        blob_id: missing[blob_id] if crc32 is None else crc32 for blob_id, crc32 in known.items()
    }


def _counted(blob_id: UUID) -> int:
    crc32 = 0
    with blob_store().open(blob_id) as reader:
        while piece := reader.read(READ_BYTES):
            crc32 = zlib.crc32(piece, crc32)
    return crc32
