"""Fonts with outlines in a ``glyf`` table, and programs cut out of them (OpenType 1.9).

Ours, because the font libraries take longer to import than a whole document takes to mark. Only
what an embedded font file of a PDF needs (ISO 32000-2, 9.9) is read and written.
"""

from __future__ import annotations

import struct

from .font import NO_INK, Font, Program
from .outlines import components, raised, renumbered, unhinted
from .sfnt import BadFont, Tables, mapped

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .font import Bounds, Cut

CHECKSUM_OF_A_FONT = 0xB1B0AFBA
MAXIMUM_PARTS = 512  # glyphs that the glyphs of a subset are made of
MOST_BYTES_OF_A_GLYPH = 1 << 16
PROFILE_LENGTH = 32  # of maxp in its version 1.0


class TrueTypeFont(Font):
    """One font with outlines in a ``glyf`` table."""

    raises_glyphs = True

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._is_wide = tables.unpack(">h", b"head", 50)[0] != 0

    @classmethod
    def of_file(cls, path: str) -> TrueTypeFont:
        """The font in a file of the product."""
        return cls(Tables(mapped(path)))

    def measured(self, glyph: int) -> Bounds:
        outline = self._outline(glyph)
        if len(outline) < 10:
            return NO_INK
        left, bottom, right, top = struct.unpack_from(">4h", outline, 2)
        return (left, bottom, right, top) if right > left and top > bottom else NO_INK

    def program(self, glyphs: Sequence[Cut]) -> Program:
        try:
            data = self.subset(glyphs)
        except (struct.error, IndexError) as error:
            raise BadFont("it breaks off") from error
        count = len(self._with_parts(glyphs)[0])
        return Program("FontFile2", {"Length1": len(data)}, data, range(count))

    def subset(self, glyphs: Sequence[Cut]) -> bytes:
        """A font file with these glyphs in this order; what they are made of comes behind.

        A glyph may come twice. Hints go.
        """
        order, numbers = self._with_parts(glyphs)
        outlines = [
            raised(self.bounds_of(glyph), numbers[glyph], rise)
            if rise
            else renumbered(unhinted(self._outline(glyph)), numbers)
            for glyph, rise in order
        ]
        offsets = [0]
        for outline in outlines:
            offsets.append(offsets[-1] + len(outline))
        head = bytearray(self.tables.table(b"head"))
        struct.pack_into(">L", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)  # loca in its wide form
        return _assembled(
            {
                b"glyf": b"".join(outlines),
                b"head": bytes(head),
                b"hhea": self.tables.part(b"hhea", 0, 34) + struct.pack(">H", len(order)),
                b"hmtx": b"".join(self._metrics(glyph) for glyph, _ in order),
                b"loca": struct.pack(f">{len(offsets)}L", *offsets),
                b"maxp": _profile(self.tables.table(b"maxp"), len(order)),
            }
        )

    def _outline(self, glyph: int) -> bytes:
        if self._is_wide:
            start, end = self.tables.unpack(">LL", b"loca", 4 * glyph)
        else:
            start, end = self.tables.unpack(">HH", b"loca", 2 * glyph)
            start, end = 2 * start, 2 * end
        if end - start > MOST_BYTES_OF_A_GLYPH:
            raise BadFont("a glyph is too large")
        return self.tables.part(b"glyf", start, end - start)

    def _metrics(self, glyph: int) -> bytes:
        return struct.pack(">Hh", self.advance_of(glyph), self.bounds_of(glyph)[0])

    def _with_parts(self, glyphs: Sequence[Cut]) -> tuple[list[Cut], dict[int, int]]:
        """The glyphs and behind them what they are made of; the place of each as it is."""
        order = list(glyphs)
        numbers = {cut[0]: at for at, cut in reversed(list(enumerate(order))) if not cut[1]}
        for glyph, rise in order:  # which grows
            outline = b"" if rise else self._outline(glyph)
            for part in (glyph,) if rise else (part for _, part, _ in components(outline)):
                if part not in numbers:
                    if part >= self.glyph_count or len(order) - len(glyphs) >= MAXIMUM_PARTS:
                        raise BadFont("a glyph is made of too much")
                    numbers[part] = len(order)
                    order.append((part, 0))
        return order, numbers


def _profile(maxp: bytes, glyphs: int) -> bytes:
    """The maxp table for so many glyphs: no instructions, and one more level of components."""
    profile = bytearray(maxp[:PROFILE_LENGTH].ljust(PROFILE_LENGTH, b"\0"))
    struct.pack_into(">H", profile, 4, glyphs)
    struct.pack_into(">7H", profile, 14, 1, 0, 0, 0, 0, 0, 0)
    parts, depth = struct.unpack_from(">HH", profile, 28)
    struct.pack_into(">HH", profile, 28, max(parts, 1), min(depth + 1, 16))
    return bytes(profile)


def _assembled(tables: Mapping[bytes, bytes]) -> bytes:
    """A font file of tables (already in the order of their tags), with its checksums."""
    power = len(tables).bit_length() - 1
    searched = 16 << power
    header = struct.pack(
        ">LHHHH", 0x00010000, len(tables), searched, power, 16 * len(tables) - searched
    )
    directory, body, start, head_start = [], [], len(header) + 16 * len(tables), 0
    for tag, table in tables.items():
        if tag == b"head":
            head_start = start
        padded = table + b"\0" * (-len(table) % 4)
        directory.append(struct.pack(">4sLLL", tag, _checksum(padded), start, len(table)))
        body.append(padded)
        start += len(padded)
    font = bytearray(b"".join([header, *directory, *body]))
    whole = (CHECKSUM_OF_A_FONT - _checksum(bytes(font))) % 2**32
    struct.pack_into(">L", font, head_start + 8, whole)
    return bytes(font)


def _checksum(padded: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) % 2**32
