"""A subset of a font as the objects that embed it (ISO 32000-2, 9.7: composite fonts)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from .objects import Name, PdfObject, Ref, Value
from .truetype import TrueTypeFont
from .typeset import FONT_NAME, Glyph, TypesetText

NONSYMBOLIC = 1 << 5  # a flag of the font descriptor (9.8.2)
STEM_WIDTH = 88  # per mille of an em; viewers use it only to imitate a missing font

TO_UNICODE = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{mappings}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
MAPPINGS_PER_BLOCK = 100


def embedded_font(text: TypesetText) -> tuple[dict[str, PdfObject], dict[int, int]]:
    """The objects of a font with the text's glyphs, and the code to write for each glyph.

    The object ``font`` is the one to refer to.
    """
    glyphs = {glyph.number: glyph for line in text.lines for glyph in line.glyphs}
    font_file, codes = text.font.subset(glyphs)
    base_font = Name(f"/{_subset_tag(glyphs)}+{FONT_NAME}")
    objects = {
        "font_file": PdfObject({"Length1": len(font_file)}, font_file),
        "descriptor": PdfObject(_descriptor(text.font, base_font)),
        "descendant": PdfObject(_descendant(text.font, base_font, codes)),
        "to_unicode": PdfObject({}, _to_unicode(list(glyphs.values()), codes)),
        "font": PdfObject(
            {
                "Type": Name("/Font"),
                "Subtype": Name("/Type0"),
                "BaseFont": base_font,
                "Encoding": Name("/Identity-H"),
                "DescendantFonts": [Ref("descendant")],
                "ToUnicode": Ref("to_unicode"),
            }
        ),
    }
    return objects, codes


def _subset_tag(glyphs: dict[int, Glyph]) -> str:
    """Six capitals that differ between subsets (9.9.2)."""
    number = zlib.crc32(" ".join(map(str, sorted(glyphs))).encode())
    return "".join(chr(ord("A") + number // 26**place % 26) for place in range(6))


def _per_mille(font: TrueTypeFont, length: int) -> int:
    return round(1000 * length / font.units_per_em)


def _descriptor(font: TrueTypeFont, base_font: Name) -> dict[str, Value]:
    return {
        "Type": Name("/FontDescriptor"),
        "FontName": base_font,
        "Flags": NONSYMBOLIC,
        "FontBBox": [_per_mille(font, edge) for edge in font.bounds],
        "ItalicAngle": 0,
        "Ascent": _per_mille(font, font.ascent),
        "Descent": _per_mille(font, font.descent),
        "CapHeight": _per_mille(font, font.bounds_of(font.glyph_of("H")).y_max),
        "StemV": STEM_WIDTH,
        "FontFile2": Ref("font_file"),
    }


def _descendant(font: TrueTypeFont, base_font: Name, codes: dict[int, int]) -> dict[str, Value]:
    widths: list[Value] = [_per_mille(font, font.advance_of(glyph)) for glyph in codes]
    return {
        "Type": Name("/Font"),
        "Subtype": Name("/CIDFontType2"),
        "BaseFont": base_font,
        "CIDSystemInfo": {"Registry": "Adobe", "Ordering": "Identity", "Supplement": 0},
        "FontDescriptor": Ref("descriptor"),
        "CIDToGIDMap": Name("/Identity"),
        "W": [0, widths],
    }


def _to_unicode(glyphs: Sequence[Glyph], codes: dict[int, int]) -> bytes:
    """The CMap that gives readers the text of the codes (9.10.3)."""
    rows = sorted((codes[glyph.number], glyph.character) for glyph in glyphs)
    blocks = []
    for start in range(0, len(rows), MAPPINGS_PER_BLOCK):
        block = rows[start : start + MAPPINGS_PER_BLOCK]
        lines = (f"<{code:04X}> <{sign.encode('utf-16-be').hex().upper()}>" for code, sign in block)
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(lines) + "\nendbfchar")
    return TO_UNICODE.format(mappings="\n".join(blocks)).encode()
