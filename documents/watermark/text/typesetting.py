"""Turning text into placed glyphs."""

from __future__ import annotations

import unicodedata

from ..errors import UnsupportedText
from .layout import Glyph, Line, TypesetText
from .scripts import is_drawn, is_plain

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .choosing import FontChoice

LINE_HEIGHT = 1.2  # of the font size, baseline to baseline


def typeset(text: str, fonts: FontChoice) -> TypesetText:
    """The text in its fonts, a line per line break; raises UnsupportedText."""
    rows = [unicodedata.normalize("NFC", row).strip() for row in text.split("\n")]
    refuse_unsupported("".join(rows), fonts)
    result = TypesetText(
        [typeset_line(row, fonts, -LINE_HEIGHT * at) for at, row in enumerate(rows)]
    )
    if not result.height:
        raise UnsupportedText("The text has nothing that can be drawn.")
    return result


def refuse_unsupported(text: str, fonts: FontChoice) -> None:
    """Raise UnsupportedText with every character that no font draws."""
    missing = [
        character
        for character in dict.fromkeys(text)
        if is_drawn(character) and fonts.font_for(character) is None
    ]
    if missing:
        raise UnsupportedText(characters=missing)


def typeset_line(row: str, fonts: FontChoice, baseline: float = 0.0) -> Line:
    """One line; characters that no font draws are left out, or raise UnsupportedText."""
    if is_plain(row):
        return Line(row, _in_order(row, fonts), baseline)
    from .shaping import shaped

    return Line(row, shaped(row, fonts), baseline)


def _in_order(row: str, fonts: FontChoice) -> list[Glyph]:
    """A glyph for each character, from left to right."""
    pen, glyphs = 0.0, []
    for character in row:
        font = fonts.font_for(character) if is_drawn(character) else None
        if font:
            number = font.glyph_of(character)
            glyphs.append(Glyph(font, number, character, pen))
            pen += font.advance_of(number) / font.units_per_em
    return glyphs
