"""Turning text into placed glyphs of one font.

Scripts that are written in other than left-to-right order or join their letters need shaping,
which this module does not do: it refuses them instead of drawing them wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .errors import UnsupportedText
from .truetype import TrueTypeFont

FONT_FILE = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
FONT_NAME = "DejaVuSans"
LINE_HEIGHT = 1.2  # of the font size, baseline to baseline

NEEDS_SHAPING = ((0x0900, 0x109F), (0x1780, 0x18AF), (0x1A00, 0x1AAF), (0xA840, 0xABFF))
RIGHT_TO_LEFT = {"R", "AL", "AN"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of the font and the character it stands for."""

    number: int
    character: str


@dataclass(frozen=True, slots=True)
class Line:
    """Glyphs on one baseline; lengths in em."""

    glyphs: tuple[Glyph, ...]
    width: float
    baseline: float


@dataclass(frozen=True, slots=True)
class TypesetText:
    """Lines of text, the first one's baseline at 0, and the height of their ink; in em."""

    font: TrueTypeFont
    lines: tuple[Line, ...]
    width: float
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """From the lowest ink to the highest."""
        return self.top - self.bottom


@lru_cache(maxsize=1)
def text_font() -> TrueTypeFont:
    """The font of the product, read once per process."""
    return TrueTypeFont(FONT_FILE)


def typeset(text: str) -> TypesetText:
    """The text in our font, a line per line break; raises UnsupportedText."""
    font = text_font()
    rows = [unicodedata.normalize("NFC", row).strip() for row in text.split("\n")]
    _refuse_unsupported(font, "".join(rows))
    lines = []
    for index, row in enumerate(rows):
        glyphs = tuple(Glyph(font.glyph_of(sign), sign) for sign in _drawn(row))
        width = sum(font.advance_of(glyph.number) for glyph in glyphs) / font.units_per_em
        lines.append(Line(glyphs, width, -LINE_HEIGHT * index))
    bottom, top = _ink(font, lines)
    return TypesetText(font, tuple(lines), max(line.width for line in lines), bottom, top)


def _ink(font: TrueTypeFont, lines: list[Line]) -> tuple[float, float]:
    """Lowest and highest ink; the font's own heights where there is none."""
    edges = []
    for line in lines:
        for glyph in line.glyphs:
            box = font.bounds_of(glyph.number)
            if box.y_max > box.y_min:
                edges.append(line.baseline + box.y_min / font.units_per_em)
                edges.append(line.baseline + box.y_max / font.units_per_em)
    if not edges:
        return font.descent / font.units_per_em, font.ascent / font.units_per_em
    return min(edges), max(edges)


def _refuse_unsupported(font: TrueTypeFont, text: str) -> None:
    drawn = dict.fromkeys(_drawn(text))
    missing = [sign for sign in drawn if not font.glyph_of(sign) or _needs_shaping(sign)]
    if missing:
        raise UnsupportedText(characters=missing)
    if not text or text.isspace() or not drawn:
        raise UnsupportedText("The text has nothing that can be drawn.")


def _needs_shaping(character: str) -> bool:
    if unicodedata.bidirectional(character) in RIGHT_TO_LEFT:
        return True
    return any(first <= ord(character) <= last for first, last in NEEDS_SHAPING)


def _drawn(text: str) -> Iterator[str]:
    """The characters that leave a glyph: format controls and variation selectors do not."""
    for character in text:
        if unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f":
            yield character
