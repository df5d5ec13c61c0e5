"""Reading a TrueType font and cutting a subset out of it (OpenType 1.9: cmap, glyf, loca, hmtx).

Ours, because the font libraries take longer to import than a whole document takes to mark. Only
what an embedded font file of a PDF needs (ISO 32000-2, 9.9) is read and written.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

# Flags of a composite glyph's component.
ARGUMENTS_ARE_WORDS = 0x0001
HAS_SCALE = 0x0008
MORE_COMPONENTS = 0x0020
HAS_XY_SCALE = 0x0040
HAS_TWO_BY_TWO = 0x0080
HAS_INSTRUCTIONS = 0x0100

CHECKSUM_OF_A_FONT = 0xB1B0AFBA


class Bounds(NamedTuple):
    """A glyph's ink in font units; all zero where there is none."""

    x_min: int
    y_min: int
    x_max: int
    y_max: int

    @property
    def is_empty(self) -> bool:
        """True of a space."""
        return self.x_max <= self.x_min or self.y_max <= self.y_min


class TrueTypeFont:
    """One font file with outlines in a ``glyf`` table. Lengths are in font units."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        count = struct.unpack_from(">H", self.data, 4)[0]
        rows = struct.iter_unpack(">4sLLL", self.data[12 : 12 + 16 * count])
        self.tables = {tag: self.data[start : start + size] for tag, _, start, size in rows}
        head = self.tables[b"head"]
        self.units_per_em: int = struct.unpack_from(">H", head, 18)[0]
        self.bounds = Bounds(*struct.unpack_from(">4h", head, 36))
        self.ascent, self.descent = struct.unpack_from(">hh", self.tables[b"hhea"], 4)
        self._wide_metrics: int = struct.unpack_from(">H", self.tables[b"hhea"], 34)[0]

    @cached_property
    def _offsets(self) -> array[int]:
        wide = struct.unpack_from(">h", self.tables[b"head"], 50)[0]
        offsets = array("I" if wide else "H", self.tables[b"loca"])
        if sys.byteorder == "little":
            offsets.byteswap()
        return offsets if wide else array("I", (2 * offset for offset in offsets))

    @cached_property
    def _groups(self) -> tuple[list[int], list[tuple[int, int, int]]]:
        """First code points, and (first, last, glyph of the first), of cmap format 12."""
        cmap = self.tables[b"cmap"]
        for _, _, start in struct.iter_unpack(">HHL", cmap[4 : 4 + 8 * cmap[3]]):
            if struct.unpack_from(">H", cmap, start)[0] == 12:
                count = struct.unpack_from(">L", cmap, start + 12)[0]
                groups = list(
                    struct.iter_unpack(">LLL", cmap[start + 16 : start + 16 + 12 * count])
                )
                return [group[0] for group in groups], groups
        raise ValueError("the font has no cmap of format 12")

    def glyph_of(self, character: str) -> int:
        """The glyph that draws a character, 0 when there is none."""
        firsts, groups = self._groups
        index = bisect_right(firsts, ord(character)) - 1
        if index < 0:
            return 0
        first, last, glyph = groups[index]
        return glyph + ord(character) - first if ord(character) <= last else 0

    def advance_of(self, glyph: int) -> int:
        """How far the pen moves."""
        row = min(glyph, self._wide_metrics - 1)
        return int(struct.unpack_from(">H", self.tables[b"hmtx"], 4 * row)[0])

    def bounds_of(self, glyph: int) -> Bounds:
        """The box around a glyph's ink."""
        outline = self._outline(glyph)
        return Bounds(*struct.unpack_from(">4h", outline, 2)) if outline else Bounds(0, 0, 0, 0)

    def subset(self, glyphs: Iterable[int]) -> tuple[bytes, dict[int, int]]:
        """A font file with these glyphs alone, and the new number of each.

        Glyph 0 stays first, components of composite glyphs come along, hints go.
        """
        numbers = {glyph: number for number, glyph in enumerate(self._closure(glyphs))}
        outlines = [_renumbered(_unhinted(self._outline(glyph)), numbers) for glyph in numbers]
        offsets = [0]
        for outline in outlines:
            offsets.append(offsets[-1] + len(outline))
        head = bytearray(self.tables[b"head"])
        struct.pack_into(">L", head, 8, 0)
        struct.pack_into(">h", head, 50, 1)  # loca in its wide form
        tables = {
            b"glyf": b"".join(outlines),
            b"head": bytes(head),
            b"hhea": self.tables[b"hhea"][:34] + struct.pack(">H", len(numbers)),
            b"hmtx": b"".join(map(self._metrics, numbers)),
            b"loca": struct.pack(f">{len(offsets)}L", *offsets),
            b"maxp": _unhinted_profile(self.tables[b"maxp"], len(numbers)),
        }
        return _assembled(tables), numbers

    def _outline(self, glyph: int) -> bytes:
        start, end = self._offsets[glyph], self._offsets[glyph + 1]
        return self.tables[b"glyf"][start:end]

    def _metrics(self, glyph: int) -> bytes:
        return struct.pack(">Hh", self.advance_of(glyph), self.bounds_of(glyph).x_min)

    def _closure(self, glyphs: Iterable[int]) -> list[int]:
        found, waiting = {0}, list(glyphs)
        while waiting:
            glyph = waiting.pop()
            if glyph not in found:
                found.add(glyph)
                waiting.extend(part for _, part, _ in _components(self._outline(glyph)))
        return sorted(found)


def _components(outline: bytes) -> Iterable[tuple[int, int, int]]:
    """Position, glyph and flags of each part of a composite glyph."""
    if not outline or struct.unpack_from(">h", outline)[0] >= 0:
        return
    position, flags = 10, MORE_COMPONENTS
    while flags & MORE_COMPONENTS:
        flags, glyph = struct.unpack_from(">HH", outline, position)
        yield position, glyph, flags
        position = _after_component(position, flags)


def _after_component(position: int, flags: int) -> int:
    position += 8 if flags & ARGUMENTS_ARE_WORDS else 6
    if flags & HAS_SCALE:
        return position + 2
    if flags & HAS_XY_SCALE:
        return position + 4
    return position + 8 if flags & HAS_TWO_BY_TWO else position


def _unhinted(outline: bytes) -> bytes:
    """An outline without its instructions, of a length that is a multiple of four."""
    if not outline:
        return b""
    contours = struct.unpack_from(">h", outline)[0]
    if contours >= 0:
        place = 10 + 2 * contours
        size = struct.unpack_from(">H", outline, place)[0]
        outline = outline[:place] + b"\0\0" + outline[place + 2 + size :]
    else:
        plain = bytearray(outline)
        for position, _, flags in _components(outline):
            struct.pack_into(">H", plain, position, flags & ~HAS_INSTRUCTIONS)
            end = _after_component(position, flags)
        outline = bytes(plain[:end])
    return outline + b"\0" * (-len(outline) % 4)


def _renumbered(outline: bytes, numbers: Mapping[int, int]) -> bytes:
    changed = bytearray(outline)
    for position, glyph, _ in _components(outline):
        struct.pack_into(">H", changed, position + 2, numbers[glyph])
    return bytes(changed)


def _unhinted_profile(maxp: bytes, glyphs: int) -> bytes:
    """The maxp table for so many glyphs, without the limits of instructions."""
    profile = bytearray(maxp)
    struct.pack_into(">H", profile, 4, glyphs)
    struct.pack_into(">7H", profile, 14, 1, 0, 0, 0, 0, 0, 0)
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
