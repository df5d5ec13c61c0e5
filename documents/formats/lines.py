"""Breaking text into lines that fit a width. Lengths are in em of the font size."""

from __future__ import annotations

import re
import unicodedata

from documents.watermark.text.bidi import base_level
from documents.watermark.text.scripts import clusters, is_drawn, is_plain
from documents.watermark.text.typesetting import typeset_line

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    from documents.watermark.text.choosing import FontChoice

# Words with what follows them; Chinese and Japanese may be broken before every character.
IDEOGRAPHS = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
NEVER_FIRST = "、。，．・：；？！）］｝」』】〉》〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ％"
PIECES = re.compile(
    rf"[{IDEOGRAPHS}][{NEVER_FIRST}]* *|[^\s{IDEOGRAPHS}]*?[\-\u2010\u2013\u2014](?=\w) *"
    rf"|[^\s{IDEOGRAPHS}]+\s*|\s+"
)
LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
MOST_KEPT = 20_000  # widths of words


class Breaker:
    """Breaks paragraphs in one choice of fonts; ``width`` is what a line may have."""

    def __init__(self, fonts: FontChoice, width: float) -> None:
        self._fonts = fonts
        self._width = width
        self._words: dict[str, float] = {}
        self._letters: dict[str, float] = {}

    def broken(self, paragraph: str) -> Iterator[str]:
        """The lines of a paragraph; one empty line of an empty paragraph."""
        if paragraph.isascii() and self.measured(paragraph) <= self._width:
            yield paragraph
            return
        mark = _direction_mark(paragraph)
        line, used = "", 0.0
        for piece in self._pieces(paragraph):
            room = self.measured(piece.rstrip())
            if line.strip() and used + room > self._width:
                yield mark + line.rstrip()
                line, used = "", 0.0
            line += piece
            used += self.measured(piece)
        yield mark + line.rstrip()

    def _pieces(self, paragraph: str) -> Iterator[str]:
        """What may not be broken, unless it is longer than a line."""
        for piece in PIECES.findall(paragraph):
            if self.measured(piece.rstrip()) <= self._width:
                yield piece
            else:
                yield from self._cut(piece)

    def _cut(self, piece: str) -> Iterator[str]:
        part, used = "", 0.0
        for cluster in clusters(piece):
            room = self.measured(cluster)
            if part and used + room > self._width:
                yield part
                part, used = "", 0.0
            part += cluster
            used += room
        if part:
            yield part

    def measured(self, text: str) -> float:
        """How far the pen moves."""
        width = self._words.get(text)
        if width is None:
            if len(self._words) >= MOST_KEPT:
                self._words.clear()
            width = self._words[text] = self._width_of(text)
        return width

    def _width_of(self, text: str) -> float:
        if is_plain(text):
            return sum(self._letter(character) for character in text)
        glyphs = typeset_line(text, self._fonts).glyphs
        ends = (
            glyph.x + glyph.font.advance_of(glyph.number) / glyph.font.units_per_em
            for glyph in glyphs
        )
        return max(ends, default=0.0)

    def _letter(self, character: str) -> float:
        width = self._letters.get(character)
        if width is None:
            font = self._fonts.font_for(character) if is_drawn(character) else None
            width = 0.0
            if font:
                width = font.advance_of(font.glyph_of(character)) / font.units_per_em
            self._letters[character] = width
        return width


def is_right_to_left(text: str) -> bool:
    """Whether a paragraph begins at the right (UAX #9, P2 and P3)."""
    if text.isascii():
        return False
    return bool(base_level([unicodedata.bidirectional(character) for character in text]))


def _direction_mark(paragraph: str) -> str:
    """What keeps each line in the direction of its paragraph; leaves no glyph."""
    if is_plain(paragraph):
        return ""
    return RIGHT_TO_LEFT if is_right_to_left(paragraph) else LEFT_TO_RIGHT
