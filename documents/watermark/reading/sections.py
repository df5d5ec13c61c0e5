"""Where objects are: sections of the cross-reference (ISO 32000-2, 7.5.4 and 7.5.8).

A table is not parsed: its rows have 20 bytes each, so that the row of an object is looked up when
it is asked for. Files whose rows are otherwise, and streams of cross-references, are read once.
"""

from __future__ import annotations

import re

from ..syntax.lexer import WHITE
from ..syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence
    from mmap import mmap
    from typing import Protocol, TypeAlias

    # Kind; offset of a plain object or number of the object stream; generation or index in there.
    Location: TypeAlias = tuple[int, int, int]

    class Section(Protocol):
        """A run of rows."""

        def find(self, number: int) -> Location | None:
            """Where an object is, None when this section does not say."""

        def numbers(self) -> Sequence[int]:
            """The objects that it tells of."""

        @property
        def end(self) -> int:
            """A number beyond all of them."""


FREE, PLAIN, COMPRESSED = 0, 1, 2  # also the types in a cross-reference stream (table 18)
NOWHERE = (FREE, 0, 0)
ROW_BYTES = 20
IN_USE, NOT_IN_USE = b"nf"
MOST_OBJECTS = 1 << 25
MOST_SECTIONS = 1 << 17  # of one table or stream

ROW = re.compile(rb"\d{10} \d{5} [nf]")
# Compiled where it is needed, which is seldom.
LOOSE_ROW = rb"[" + WHITE + rb"]*(\d{1,20})[" + WHITE + rb"]+(\d{1,10})[" + WHITE + rb"]+([nf])"
HEADING = re.compile(
    rb"[" + WHITE + rb"]*(\d{1,10})[" + WHITE + rb"]+(\d{1,10})[ \t]*(?:\r\n|\r|\n|[ \t])?"
)


class TableSection:
    """Rows of exactly 20 bytes, left where they are."""

    __slots__ = ("at", "data", "end", "first")

    def __init__(self, data: mmap, first: int, count: int, at: int) -> None:
        self.data = data
        self.first = first
        self.end = first + count
        self.at = at

    def find(self, number: int) -> Location | None:
        return self.locate(number) if self.first <= number < self.end else None

    def locate(self, number: int) -> Location:
        """Where an object is, if there is no section but this one."""
        if not self.first <= number < self.end:
            return NOWHERE
        at = self.at + ROW_BYTES * (number - self.first)
        row = self.data[at : at + ROW_BYTES]
        kind = row[17]
        if kind == IN_USE:
            try:
                return PLAIN, int(row[:10]), int(row[11:16])
            except ValueError:
                raise Unreadable("a row of the cross-reference is no row") from None
        if kind == NOT_IN_USE:
            return NOWHERE
        raise Unreadable("a row of the cross-reference is no row")

    def numbers(self) -> Sequence[int]:
        return range(self.first, self.end)


class ReadSection:
    """Rows that had to be read one by one."""

    __slots__ = ("end", "rows")

    def __init__(self, rows: dict[int, Location]) -> None:
        self.rows = rows
        self.end = max(rows, default=-1) + 1

    def find(self, number: int) -> Location | None:
        return self.rows.get(number)

    def numbers(self) -> Sequence[int]:
        return list(self.rows)


class VisibleRows:
    """A section of a hybrid file's table without its free rows, which hide objects (7.5.8.4)."""

    __slots__ = ("_table", "end")

    def __init__(self, table: Section) -> None:
        self._table = table
        self.end = table.end

    def find(self, number: int) -> Location | None:
        location = self._table.find(number)
        return location if location and location[0] != FREE else None

    def numbers(self) -> Sequence[int]:
        return self._table.numbers()


class StreamSection:
    """A run of rows of a cross-reference stream: three fields of fixed widths."""

    __slots__ = ("at", "data", "end", "first", "widths")

    def __init__(
        self, data: bytes, first: int, count: int, at: int, widths: tuple[int, int, int]
    ) -> None:
        self.data = data
        self.first = first
        self.end = first + count
        self.at = at
        self.widths = widths

    def find(self, number: int) -> Location | None:
        if not self.first <= number < self.end:
            return None
        kind_width, place_width, detail_width = self.widths
        at = self.at + (kind_width + place_width + detail_width) * (number - self.first)
        data, place, detail = self.data, at + kind_width, at + kind_width + place_width
        kind = int.from_bytes(data[at:place], "big") if kind_width else PLAIN
        if kind == FREE:
            return NOWHERE
        return (
            kind,
            int.from_bytes(data[place:detail], "big"),
            int.from_bytes(data[detail : detail + detail_width], "big"),
        )

    def numbers(self) -> Sequence[int]:
        return range(self.first, self.end)


def table_sections(data: mmap, at: int) -> tuple[list[Section], int]:
    """The sections of the table whose rows begin at a place, and the place behind them."""
    sections: list[Section] = []
    while heading := HEADING.match(data, at):
        first, count, start = int(heading[1]), int(heading[2]), heading.end()
        if first + count > MOST_OBJECTS:
            raise Unreadable("the cross-reference has too many rows")
        if count == 0:
            at = start
            continue
        if len(sections) >= MOST_SECTIONS:
            raise Unreadable("the cross-reference has too many sections")
        at = start + ROW_BYTES * count
        last = at - ROW_BYTES
        # The last row may lack its second end-of-line byte.
        if ROW.match(data, start) and ROW.match(data, last) and data[at - 1 : at] in b" \r\n":
            sections.append(TableSection(data, first, count, start))
        else:
            section, at = _read_section(data, first, count, start)
            sections.append(section)
    return sections, at


def _read_section(data: mmap, first: int, count: int, at: int) -> tuple[Section, int]:
    rows: dict[int, Location] = {}
    row_at = re.compile(LOOSE_ROW)
    for number in range(first, first + count):
        row = row_at.match(data, at)
        if row is None:
            raise Unreadable("a row of the cross-reference is no row")
        rows[number] = (PLAIN, int(row[1]), int(row[2])) if row[3] == b"n" else NOWHERE
        at = row.end()
    return ReadSection(rows), at


def stream_sections(
    data: bytes, index: Sequence[int], widths: tuple[int, int, int]
) -> list[Section]:
    """The sections of a cross-reference stream's decoded data (7.5.8.2, ``Index`` and ``W``)."""
    width, at = sum(widths), 0
    if not 0 < width <= 32 or len(index) % 2 or len(index) > 2 * MOST_SECTIONS:
        raise Unreadable("a cross-reference stream has impossible widths")
    sections: list[Section] = []
    for first, count in zip(index[::2], index[1::2], strict=True):
        if first + count > MOST_OBJECTS:
            raise Unreadable("the cross-reference has too many rows")
        if at + count * width > len(data):
            raise Unreadable("a cross-reference stream is too short")
        sections.append(StreamSection(data, first, count, at, widths))
        at += count * width
    return sections


MANY = 24
MOST_MERGED = 1 << 22


def merged(sections: list[Section]) -> list[Section]:
    """The sections, newest first, as one where a long history would make every look-up long."""
    if len(sections) <= MANY:
        return sections
    rows: dict[int, Location] = {}
    left = MOST_MERGED
    for section in sections:
        numbers = section.numbers()
        left -= len(numbers)
        if left < 0:
            raise Unreadable("the cross-reference has too many rows")
        for number in numbers:
            if number not in rows and (location := section.find(number)):
                rows[number] = location
    return [ReadSection(rows)]
