"""The container of a font (OpenType 1.9, "Organization of an OpenType font"): tables by their tags.

A file is mapped, not read: a font of megabytes costs what its few used bytes do.
"""

from __future__ import annotations

import mmap
import struct

from ..errors import UnsupportedText

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import TypeAlias

    Bytes: TypeAlias = bytes | mmap.mmap

COLLECTION = b"ttcf"
KINDS = (b"\0\1\0\0", b"true", b"OTTO", COLLECTION)
MAXIMUM_TABLES = 128
MAXIMUM_FONTS = 64  # in a collection


class BadFont(UnsupportedText):
    """The file is no font, or one that breaks off, or may not be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"A font for this text cannot be used: {reason}.")


class Tables:
    """Where the tables of one font lie in its file. Offsets are from a table's start."""

    __slots__ = ("data", "index", "places")

    def __init__(self, data: Bytes, index: int = 0) -> None:
        self.data = data
        self.index = index
        start = 0
        if data[:4] not in KINDS:
            raise BadFont("no font")
        try:
            if data[:4] == COLLECTION:
                start = _start_in_collection(data, index)
            count: int = min(struct.unpack_from(">H", data, start + 4)[0], MAXIMUM_TABLES)
            rows = struct.iter_unpack(">4sLLL", data[start + 12 : start + 12 + 16 * count])
            self.places = {tag: (place, size) for tag, _, place, size in rows}
        except struct.error as error:
            raise BadFont("the font's directory breaks off") from error

    def __contains__(self, tag: bytes) -> bool:
        return tag in self.places

    def start(self, tag: bytes) -> int:
        """Where a table begins in the file."""
        try:
            return int(self.places[tag][0])
        except KeyError:
            raise BadFont(f"the font has no table {tag.decode('latin-1')}") from None

    def table(self, tag: bytes) -> bytes:
        """A whole table."""
        start = self.start(tag)
        return bytes(self.data[start : start + self.places[tag][1]])

    def part(self, tag: bytes, offset: int, size: int) -> bytes:
        """Some bytes of a table; fewer where the table ends before."""
        start = self.start(tag) + offset
        return bytes(self.data[start : start + max(0, min(size, self.places[tag][1] - offset))])

    def unpack(self, layout: str, tag: bytes, offset: int) -> tuple[int, ...]:
        """Numbers of a table, by the letters of `struct`."""
        try:
            return struct.unpack_from(layout, self.data, self.start(tag) + offset)
        except struct.error as error:
            raise BadFont(f"the table {tag.decode('latin-1')} breaks off") from error


def _start_in_collection(data: Bytes, index: int) -> int:
    count: int = min(struct.unpack_from(">L", data, 8)[0], MAXIMUM_FONTS)
    if not 0 <= index < count:
        raise BadFont("the collection has no such font")
    return int(struct.unpack_from(">L", data, 12 + 4 * index)[0])


def mapped(path: str) -> Bytes:
    """The bytes of a file, of which only what is looked at is read."""
    with open(path, "rb") as file:  # noqa: PTH123  pathlib takes longer to import than this to read
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise BadFont("the file is empty") from error
