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
    """Glyphs on one baseline; lengths in em.

    ``left`` is where the ink begins, from where the pen does, and ``width`` how far it reaches.
    """

    glyphs: tuple[Glyph, ...]
    baseline: float
    left: float
    width: float


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
    lines = tuple(_line(font, row, -LINE_HEIGHT * index) for index, row in enumerate(rows))
    edges = [edge for line in lines for edge in _vertical_ink(font, line)]
    return TypesetText(font, lines, max(line.width for line in lines), min(edges), max(edges))


def _line(font: TrueTypeFont, row: str, baseline: float) -> Line:
    glyphs = tuple(Glyph(font.glyph_of(sign), sign) for sign in _drawn(row))
    pen, edges = 0, []
    for glyph in glyphs:
        box = font.bounds_of(glyph.number)
        if not box.is_empty:
            edges += [pen + box.x_min, pen + box.x_max]
        pen += font.advance_of(glyph.number)
    left, right = min(edges, default=0), max(edges, default=0)
    return Line(glyphs, baseline, left / font.units_per_em, (right - left) / font.units_per_em)


def _vertical_ink(font: TrueTypeFont, line: Line) -> Iterator[float]:
    """The lower and the upper edge of each glyph."""
    for glyph in line.glyphs:
        box = font.bounds_of(glyph.number)
        if not box.is_empty:
            yield line.baseline + box.y_min / font.units_per_em
            yield line.baseline + box.y_max / font.units_per_em


def _refuse_unsupported(font: TrueTypeFont, text: str) -> None:
    drawn = dict.fromkeys(_drawn(text))
    missing = [sign for sign in drawn if not font.glyph_of(sign) or _needs_shaping(sign)]
    if missing:
        raise UnsupportedText(characters=missing)
    if all(font.bounds_of(font.glyph_of(sign)).is_empty for sign in drawn):
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
