"""What a character asks of the one who sets it (Unicode Character Database)."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

# Where each character is one glyph after the other from left to right; both ends included.
PLAIN = (
    (0x0020, 0x02FF),  # Latin, phonetic signs
    (0x0370, 0x0482),  # Greek, Cyrillic
    (0x048A, 0x058F),  # Cyrillic, Armenian
    (0x10A0, 0x10FF),  # Georgian
    (0x13A0, 0x167F),  # Cherokee, Canadian syllabics
    (0x1D00, 0x1DBF),
    (0x1E00, 0x200D),  # Latin, Greek, punctuation
    (0x2010, 0x2029),
    (0x202F, 0x2065),
    (0x2070, 0x20CF),
    (0x2100, 0x2CEE),
    (0x2CF2, 0x2D7E),
    (0x2D80, 0x2DDF),
    (0x2E00, 0x3029),  # CJK
    (0x3030, 0x3098),
    (0x309B, 0xA4CF),
    (0xA640, 0xA66E),
    (0xA720, 0xA7FF),
    (0xAC00, 0xD7A3),  # Hangul syllables
    (0xF900, 0xFB17),
    (0xFE00, 0xFE0F),  # selectors, which are left out
    (0xFE30, 0xFE6F),
    (0xFEFF, 0xFFFF),
    (0x1D400, 0x1D7FF),
    (0x1F000, 0x1FAFF),
    (0x20000, 0x3FFFF),
)
SUBTENDING = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2"  # drawn around numbers
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0"  # joiners and fillers
FIRSTS = [first for first, _ in PLAIN]


def is_plain(text: str) -> bool:
    """Whether the glyphs stand as the characters do, one for each."""
    return text.isascii() or all(map(_is_plain, text))


def _is_plain(character: str) -> bool:
    row = bisect_right(FIRSTS, ord(character)) - 1
    return row >= 0 and ord(character) <= PLAIN[row][1]


def is_drawn(character: str) -> bool:
    """False of what leaves no glyph: format controls and variation selectors."""
    if character.isascii():
        return True
    return (
        (unicodedata.category(character) != "Cf" or character in SUBTENDING)
        and not "\ufe00" <= character <= "\ufe0f"
        and not "\U000e0100" <= character <= "\U000e01ef"
        and character not in BLANK
    )


def is_space(character: str) -> bool:
    """True of a space of any width."""
    return unicodedata.category(character) == "Zs"


def clusters(text: str) -> list[str]:
    """Characters with the marks and controls that belong to them."""
    found: list[str] = []
    for character in text:
        joins = unicodedata.category(character)[0] == "M" or not is_drawn(character)
        if joins and found:
            found[-1] += character
        else:
            found.append(character)
    return found
