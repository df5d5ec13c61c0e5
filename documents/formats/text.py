"""Text as it comes: decoded, in paragraphs, without what cannot be drawn."""

from __future__ import annotations

import re
import unicodedata

from documents.watermark.errors import TooLarge, UnsupportedText
from documents.watermark.outcome import Notice
from documents.watermark.text.choosing import FontChoice
from documents.watermark.text.scripts import is_drawn

from .sniffing import MOST_TEXT_BYTES, encoding_of

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

REPLACEMENT = "\ufffd"
TAB_COLUMNS = 8
MOST_NAMED = 10
# C0 and C1 but tab, line feed and form feed.
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufeff]")


def read_text(file: BinaryIO) -> str:
    """All of a text file; raises TooLarge, UnsupportedText where it is not text after all."""
    file.seek(0)
    data = file.read(MOST_TEXT_BYTES + 1)
    if len(data) > MOST_TEXT_BYTES:
        raise TooLarge(f"A text may have at most {MOST_TEXT_BYTES >> 20} MiB.")
    try:
        return data.decode(encoding_of(data))
    except UnicodeDecodeError:
        raise UnsupportedText("This text is not UTF-8.") from None


def rows_of(text: str) -> list[str]:
    """Lines as they are broken in the text; a form feed is a row by itself, tabs are spaces."""
    text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
    text = unicodedata.normalize("NFC", CONTROLS.sub(" ", text))
    rows: list[str] = []
    for number, part in enumerate(text.split("\f")):
        rows += ["\f"] if number else []
        part = part.removeprefix("\n") if number else part
        rows += [
            row.expandtabs(TAB_COLUMNS).rstrip() for row in part.removesuffix("\n").split("\n")
        ]
    return rows


def undrawable(text: str, fonts: FontChoice) -> list[str]:
    """The characters that none of our fonts draws, each once."""
    return [
        character
        for character in dict.fromkeys(text)
        if character not in "\n\f\t\r" and is_drawn(character) and not fonts.font_for(character)
    ]


def check_content(text: str) -> None:
    """Raise UnsupportedText for what no font draws; cheap, and for control characters too."""
    missing = undrawable(text, FontChoice())
    if missing:
        raise UnsupportedText(characters=missing)


def replaced(text: str, fonts: FontChoice) -> tuple[str, tuple[Notice, ...]]:
    """The text with a sign in place of what no font draws, and what to tell of that."""
    missing = undrawable(text, fonts)
    if not missing:
        return text, ()
    named = ", ".join(f"U+{ord(sign):04X}" for sign in missing[:MOST_NAMED])
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    table = str.maketrans(dict.fromkeys(missing, REPLACEMENT))
    notice = Notice(
        "characters_replaced", f"No font of ours draws {named}{more}: a sign stands in their place."
    )
    return text.translate(table), (notice,)
