"""From characters to glyphs (OpenType 1.9, "cmap"): formats 0, 4, 6, 10 and 12.

Looked up in place: unpacking the map of a large font would take longer than the whole mark.
"""

from __future__ import annotations

import struct

from .sfnt import BadFont

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .sfnt import Bytes, Tables

WINDOWS, UNICODE, MACINTOSH = 3, 0, 1
BEST_FIRST = (
    (WINDOWS, 10),
    (UNICODE, 6),
    (UNICODE, 4),
    (WINDOWS, 1),
    (UNICODE, 3),
    (UNICODE, 2),
    (UNICODE, 1),
    (UNICODE, 0),
    (WINDOWS, 0),  # a symbol font: its characters stand at U+F000 and up
)
SYMBOLS_FROM = 0xF000
READABLE = (0, 4, 6, 10, 12)


class CharacterMap:
    """The best map of a font."""

    __slots__ = ("_data", "_format", "_is_symbolic", "_start")

    def __init__(self, tables: Tables) -> None:
        self._data: Bytes = tables.data
        start = tables.start(b"cmap")
        count = tables.unpack(">H", b"cmap", 2)[0]
        places = {}
        for row in range(min(count, 64)):
            platform, encoding, offset = tables.unpack(">HHL", b"cmap", 4 + 8 * row)
            places[platform, encoding] = start + offset
        for kind in BEST_FIRST:
            if kind in places and self._number(">H", places[kind]) in READABLE:
                self._start = places[kind]
                self._format = self._number(">H", self._start)
                self._is_symbolic = kind == (WINDOWS, 0)
                return
        raise BadFont("the font maps no characters")

    def glyph_of(self, code: int) -> int:
        """The glyph of a code point, 0 when there is none."""
        glyph = self._look_up(code)
        if not glyph and self._is_symbolic and code < 0x100:
            glyph = self._look_up(SYMBOLS_FROM + code)
        return glyph

    def _look_up(self, code: int) -> int:
        if self._format == 4:
            return self._in_segments(code) if code <= 0xFFFF else 0
        if self._format == 12:
            return self._in_groups(code)
        return self._in_array(code)

    def _number(self, layout: str, place: int) -> int:
        try:
            return int(struct.unpack_from(layout, self._data, place)[0])
        except struct.error as error:
            raise BadFont("the font's map of characters breaks off") from error

    def _in_segments(self, code: int) -> int:
        """Format 4: segments in order of their last code."""
        doubled = self._number(">H", self._start + 6) & ~1
        ends = self._start + 14
        low, high = 0, doubled // 2
        while low < high:
            middle = (low + high) // 2
            if self._number(">H", ends + 2 * middle) < code:
                low = middle + 1
            else:
                high = middle
        place = ends + 2 + doubled + 2 * low
        if low == doubled // 2 or (first := self._number(">H", place)) > code:
            return 0
        delta = self._number(">H", place + doubled)
        offset = self._number(">H", place + 2 * doubled)
        if not offset:
            return (code + delta) & 0xFFFF
        glyph = self._number(">H", place + 2 * doubled + offset + 2 * (code - first))
        return (glyph + delta) & 0xFFFF if glyph else 0

    def _in_groups(self, code: int) -> int:
        """Format 12: groups of codes with glyphs in a row."""
        low, high = 0, self._number(">L", self._start + 12)
        while low < high:
            middle = (low + high) // 2
            if self._number(">L", self._start + 20 + 12 * middle) < code:
                low = middle + 1
            else:
                high = middle
        if low == self._number(">L", self._start + 12):
            return 0
        place = self._start + 16 + 12 * low
        first = self._number(">L", place)
        return self._number(">L", place + 8) + code - first if first <= code else 0

    def _in_array(self, code: int) -> int:
        """Formats 0, 6 and 10: one row of glyphs."""
        if self._format == 0:
            return self._number(">B", self._start + 6 + code) if code < 256 else 0
        wide = self._format == 10
        at, layout, size = (12, ">L", 4) if wide else (6, ">H", 2)
        first = self._number(layout, self._start + at)
        count = self._number(layout, self._start + at + size)
        if not first <= code < first + count:
            return 0
        return self._number(">H", self._start + at + 2 * size + 2 * (code - first))
