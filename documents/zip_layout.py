"""Where each byte of a ZIP file is that only stores: known before the first one is sent.

PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5; the 64-bit fields of 4.5.3 where numbers need them,
and nowhere else, since the plain form is read by more programs.
"""

from __future__ import annotations

import stat
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_32 = 0xFFFFFFFF
MAX_16 = 0xFFFF
_STORED, _UTF_8 = 0, 1 << 11
_PLAIN, _WITH_64 = 20, 45
_UNIX = 3 << 8
_MODE = (stat.S_IFREG | 0o644) << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A file to be stored: ``content`` says where its bytes are, ``crc32`` and size what."""

    name: str
    size_bytes: int
    crc32: int
    content: T


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """Bytes that follow one another: of the layout itself, or ``length`` of a content."""

    content: bytes | T
    offset: int
    length: int


@dataclass
class ZipLayout(Generic[T]):
    """The archive of ``entries``, whose names are unique, all dated ``moment``."""

    entries: Sequence[Entry[T]]
    moment: datetime
    _starts: list[int] = field(default_factory=list, init=False)
    _parts: list[tuple[bytes | T, int]] = field(default_factory=list, init=False)
    size_bytes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        directory = []
        for entry in self.entries:
            directory.append(self._central_header(entry, self.size_bytes))
            self._append(self._local_header(entry))
            self._append(entry.content, entry.size_bytes)
        whole = b"".join(directory)
        self._append(whole + _ending(len(directory), self.size_bytes, len(whole)))

    def stretches(self, start: int, stop: int) -> Iterator[Stretch[T]]:
        """Yield what makes up the bytes from ``start`` up to ``stop``, in order."""
        index = bisect_right(self._starts, start) - 1
        while start < stop:
            content, size = self._parts[index]
            offset = start - self._starts[index]
            length = min(size - offset, stop - start)
            if length > 0:
                yield Stretch(content, offset, length)
            start += max(0, length)
            index += 1

    def _append(self, content: bytes | T, size_bytes: int | None = None) -> None:
        size = len(content) if isinstance(content, bytes) else size_bytes or 0
        self._starts.append(self.size_bytes)
        self._parts.append((content, size))
        self.size_bytes += size

    def _local_header(self, entry: Entry[T]) -> bytes:
        name, size = entry.name.encode(), min(entry.size_bytes, MAX_32)
        is_large = entry.size_bytes >= MAX_32
        extra = _extra_64(entry.size_bytes, entry.size_bytes) if is_large else b""
        fields = (_WITH_64 if is_large else _PLAIN, _UTF_8, _STORED, *_dos_time(self.moment))
        return (
            _LOCAL.pack(b"PK\3\4", *fields, entry.crc32, size, size, len(name), len(extra))
            + name
            + extra
        )

    def _central_header(self, entry: Entry[T], offset: int) -> bytes:
        name, size = entry.name.encode(), min(entry.size_bytes, MAX_32)
        large = [entry.size_bytes] * 2 if entry.size_bytes >= MAX_32 else []
        large += [offset] if offset >= MAX_32 else []
        extra = _extra_64(*large) if large else b""
        needed = _WITH_64 if large else _PLAIN
        fields = (_UNIX | _WITH_64, needed, _UTF_8, _STORED, *_dos_time(self.moment))
        lengths = (len(name), len(extra), 0, 0, 0)
        return (
            _CENTRAL.pack(
                b"PK\1\2", *fields, entry.crc32, size, size, *lengths, _MODE, min(offset, MAX_32)
            )
            + name
            + extra
        )


def _extra_64(*numbers: int) -> bytes:
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _ending(count: int, start: int, size: int) -> bytes:
    """Return the end of the central directory, which begins at ``start``."""
    end = _END.pack(
        b"PK\5\6", 0, 0, *[min(count, MAX_16)] * 2, min(size, MAX_32), min(start, MAX_32), 0
    )
    if count < MAX_16 and max(start, size) < MAX_32:
        return end
    made_by = (_UNIX | _WITH_64, _WITH_64)
    record = _END_64.pack(b"PK\6\6", _END_64.size - 12, *made_by, 0, 0, count, count, size, start)
    return record + _LOCATOR_64.pack(b"PK\6\7", 0, start + size, 1) + end


def _dos_time(moment: datetime) -> tuple[int, int]:
    """Return time and date as MS-DOS writes them (4.4.6), two seconds precise, from 1980 on."""
    if moment.year < 1980:
        return 0, 0x21
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (moment.year - 1980) << 9 | moment.month << 5 | moment.day
