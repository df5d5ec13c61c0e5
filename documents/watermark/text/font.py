"""What a font says of its glyphs, whatever outlines it has (OpenType 1.9). Lengths: font units."""

from __future__ import annotations

from .character_map import CharacterMap
from .sfnt import BadFont

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import TypeAlias

    import uharfbuzz

    from ..syntax.values import Entries
    from .sfnt import Tables

    Bounds: TypeAlias = tuple[int, int, int, int]
    # A glyph of a subset, and how much higher it stands there, in font units.
    Cut: TypeAlias = tuple[int, int]

NO_INK = (0, 0, 0, 0)
POSTSCRIPT_NAME = 6
REGULAR = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
RESTRICTED = 0x0002  # OS/2 fsType: the owner forbids embedding
BITMAPS_ONLY = 0x0200
NO_SUBSETS = 0x0100
MORE_IS_ALLOWED = 0x000C  # with one of these bits, RESTRICTED does not count


class Program:
    """A font program to embed (9.9): its stream's entries and data, and the descriptor's key.

    ``numbers`` are those of the glyphs in it.
    """

    __slots__ = ("data", "entries", "key", "numbers")

    def __init__(self, key: str, entries: Entries, data: bytes, numbers: Collection[int]) -> None:
        self.numbers = numbers
        self.key = key
        self.entries = entries
        self.data = data


class Font:
    """A font file's glyphs and their measures.

    ``keeps_numbers``: whether the glyphs of a subset have the numbers that they have here.
    ``raises_glyphs``: whether a subset can have glyphs higher up than they are here.
    """

    subtype = "CIDFontType2"
    keeps_numbers = False
    raises_glyphs = False

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.units_per_em = tables.unpack(">H", b"head", 18)[0]
        if not 16 <= self.units_per_em <= 16384:
            raise BadFont("the font has no size")
        self.box = tables.unpack(">4h", b"head", 36)
        self.is_bold = tables.unpack(">H", b"head", 44)[0] & 1 == 1  # macStyle
        self.ascent, self.descent = tables.unpack(">hh", b"hhea", 4)
        self.glyph_count = tables.unpack(">H", b"maxp", 4)[0]
        self._wide_metrics = tables.unpack(">H", b"hhea", 34)[0]
        if not self._wide_metrics:
            raise BadFont("the font has no widths")
        self._characters = CharacterMap(tables)
        self._glyphs: dict[str, int] = {}
        self._advances: dict[int, int] = {}
        self._bounds: dict[int, Bounds] = {}
        self.for_harfbuzz: uharfbuzz.Font | None = None

    def glyph_of(self, character: str) -> int:
        """The glyph that draws a character, 0 when there is none."""
        glyph = self._glyphs.get(character)
        if glyph is None:
            glyph = self._characters.glyph_of(ord(character))
            glyph = self._glyphs[character] = glyph if glyph < self.glyph_count else 0
        return glyph

    def advance_of(self, glyph: int) -> int:
        """How far the pen moves."""
        advance = self._advances.get(glyph)
        if advance is None:
            row = min(glyph, self._wide_metrics - 1)
            advance = self._advances[glyph] = self.tables.unpack(">H", b"hmtx", 4 * row)[0]
        return advance

    def bounds_of(self, glyph: int) -> Bounds:
        """The box around a glyph's ink: left, bottom, right, top; all zero where there is none."""
        bounds = self._bounds.get(glyph)
        if bounds is None:
            bounds = self._bounds[glyph] = self.measured(glyph)
        return bounds

    def measured(self, glyph: int) -> Bounds:
        """The box of ``bounds_of``."""
        raise NotImplementedError

    def program(self, glyphs: Sequence[Cut]) -> Program:
        """A font program with these glyphs alone, the first of them number 0 and so on.

        Where a subset keeps the numbers of its glyphs, they have those.
        """
        raise NotImplementedError

    def name(self) -> str:
        """The name for PostScript, of letters that a name may have."""
        for length, start in self._names():
            data = self.tables.part(b"name", start, min(length, 126))
            text = (
                data.decode("utf-16-be", "ignore") if data[:1] == b"\0" else data.decode("latin-1")
            )
            if named := "".join(filter(REGULAR.__contains__, text)):
                return named
        return "Font"

    def _names(self) -> list[tuple[int, int]]:
        """Length and place of each name for PostScript."""
        if b"name" not in self.tables:
            return []
        count, strings = self.tables.unpack(">HH", b"name", 2)
        rows = (self.tables.unpack(">6H", b"name", 6 + 12 * row) for row in range(min(count, 512)))
        return [(row[4], strings + row[5]) for row in rows if row[3] == POSTSCRIPT_NAME]

    def may_be_embedded(self) -> bool:
        """Whether the font's maker allows a subset of it in a document (OS/2, fsType)."""
        if b"OS/2" not in self.tables:
            return True
        rights = self.tables.unpack(">H", b"OS/2", 8)[0]
        forbidden = rights & (BITMAPS_ONLY | NO_SUBSETS)
        return not forbidden and not (rights & RESTRICTED and not rights & MORE_IS_ALLOWED)
