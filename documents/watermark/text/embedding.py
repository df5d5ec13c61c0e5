"""Fonts in a document: one subset for each font file (ISO 32000-2, 9.7: composite fonts).

Codes are handed out as glyphs are first used, so that forms can be written page by page; the font
itself is written when all is known, under a number that it had from the start.
"""

from __future__ import annotations

import zlib

from ..syntax.values import Name
from .to_unicode import to_unicode

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Collection

    from ..marks.mark import NewObjects
    from ..syntax.values import Entries, Ref, Value
    from .font import Cut, Font

SYMBOLIC = 1 << 2  # a flag of the font descriptor (9.8.2): glyphs beyond the Latin alphabet
STEM_WIDTH = 88  # per mille of an em; viewers use it only to imitate a missing font
MAXIMUM_CODES = 0xFFFF


class EmbeddedFont:
    """A font of the document, of as many glyphs as its text takes."""

    def __init__(self, font: Font, objects: NewObjects, lists_glyphs: bool) -> None:
        self.font = font
        self._lists_glyphs = lists_glyphs
        self.ref: Ref = objects.reserve()
        self._objects = objects
        self._codes: dict[tuple[int, str, int], int] = {}
        self._glyphs: list[Cut] = [(0, 0)]  # by code; 0 is .notdef
        self._texts: dict[int, str] = {}
        self._is_written = False

    def code_of(self, glyph: int, text: str, rise: int = 0) -> int:
        """The code that shows a glyph and lets readers find ``text``.

        ``rise``: how much higher than in the font the glyph stands, in font units; only for fonts
        that can have it so. Readers take text at another height for another line.
        """
        key = (glyph, text, rise)
        code = self._codes.get(key)
        if code is None:
            if self._is_written or len(self._glyphs) > MAXIMUM_CODES:
                raise ValueError("the font takes no more glyphs")
            code = self._codes[key] = glyph if self.font.keeps_numbers else len(self._glyphs)
            self._glyphs.append((glyph, rise))
            self._texts.setdefault(code, text)
        return code

    def width_of(self, glyph: int) -> float:
        """How far the pen moves, per mille of an em: what the document says of it."""
        return 1000 * self.font.advance_of(glyph) / self.font.units_per_em

    def finish(self) -> None:
        """Write the font. Nothing can be added then."""
        if self._is_written:
            return
        self._is_written = True
        base_font = Name(f"{self._tag()}+{self.font.name()}")
        to_unicode_ref = self._objects.add({}, to_unicode(self._texts))
        self._objects.add(
            {
                "Type": Name("Font"),
                "Subtype": Name("Type0"),
                "BaseFont": base_font,
                "Encoding": Name("Identity-H"),
                "DescendantFonts": [self._objects.add(self._descendant(base_font))],
                "ToUnicode": to_unicode_ref,
            },
            at=self.ref,
        )

    def _tag(self) -> str:
        """Six capitals that differ between subsets (9.9.2)."""
        number = zlib.crc32(" ".join(map(str, self._glyphs)).encode())
        return "".join(chr(ord("A") + number // 26**place % 26) for place in range(6))

    def _descendant(self, base_font: Name) -> Entries:
        entries: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name(self.font.subtype),
            "BaseFont": base_font,
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": self._objects.add(self._descriptor(base_font)),
            "W": self._widths(),
        }
        if self.font.subtype == "CIDFontType2":
            entries["CIDToGIDMap"] = Name("Identity")
        return entries

    def _widths(self) -> Value:
        if self.font.keeps_numbers:
            rows: list[Value] = []
            for glyph, _ in sorted(set(self._glyphs)):
                rows += [glyph, [self.width_of(glyph)]]
            return rows
        return [0, [self.width_of(glyph) for glyph, _ in self._glyphs]]

    def _descriptor(self, base_font: Name) -> Entries:
        font = self.font
        program = font.program(self._glyphs)
        capital = font.bounds_of(font.glyph_of("H"))[3] or font.ascent
        entries: dict[str, Value] = {
            "Type": Name("FontDescriptor"),
            "FontName": base_font,
            "Flags": SYMBOLIC,
            "FontBBox": [self._per_mille(edge) for edge in font.box],
            "ItalicAngle": 0,
            "Ascent": self._per_mille(font.ascent),
            "Descent": self._per_mille(font.descent),
            "CapHeight": self._per_mille(capital),
            "StemV": STEM_WIDTH,
            program.key: self._objects.add(program.entries, program.data),
        }
        if self._lists_glyphs:
            entries["CIDSet"] = self._objects.add({}, bits_of(program.numbers))
        return entries

    def _per_mille(self, length: int) -> int:
        return round(1000 * length / self.font.units_per_em)


def bits_of(numbers: Collection[int]) -> bytes:
    """Numbers as bits that are set, the first byte's highest for 0 (9.8.3.1: CIDSet)."""
    bits = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        bits[number // 8] |= 0x80 >> number % 8
    return bytes(bits)


class EmbeddedFonts:
    """The fonts that the marks of one document share.

    ``lists_glyphs``: each tells which glyphs it has (PDF/A-1 asks for it, ISO 19005-1, 6.3.5; later
    parts do not).
    """

    def __init__(self, objects: NewObjects, *, lists_glyphs: bool = False) -> None:
        self.objects = objects
        self._lists_glyphs = lists_glyphs
        self._fonts: dict[int, EmbeddedFont] = {}

    def of(self, font: Font) -> EmbeddedFont:
        """What embeds a font in this document."""
        embedded = self._fonts.get(id(font))
        if embedded is None:
            embedded = self._fonts[id(font)] = EmbeddedFont(font, self.objects, self._lists_glyphs)
        return embedded

    def finish(self) -> None:
        """Write all fonts that have been used."""
        for embedded in self._fonts.values():
            embedded.finish()
