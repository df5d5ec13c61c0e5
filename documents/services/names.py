"""Names that people and programs give: made harmless, kept recognisable."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

MAX_CHARACTERS = 255
FALLBACK = "document.pdf"
# Turning the direction of writing makes "exe.pdf" of "fdp.exe"; joiners stay, scripts need them.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNSEEN = frozenset({"Cc", "Cs", "Cn"})


def clean_title(text: str) -> str:
    """Return ``text`` as one line of at most 255 visible characters; empty when none is left."""
    return _visible(text)[:MAX_CHARACTERS].rstrip()


def clean_file_name(text: str) -> str:
    """Return the last part of a path as a file name of at most 255 characters, never empty.

    The extension, by which people and programs know a file, survives the cutting.
    """
    name = _visible(re.split(r"[/\\]", text)[-1])
    if not name.strip(". "):
        return FALLBACK
    if len(name) <= MAX_CHARACTERS:
        return name
    extension = PurePosixPath(name).suffix[:10]
    return name[: MAX_CHARACTERS - len(extension)] + extension


def file_name_of(title: str, ending: str) -> str:
    """Return a file name made of a title, which may have what no file name has."""
    return clean_file_name(re.sub(r'[/\\:*?"<>|]+', " ", title).strip(". ") + f".{ending}")


def title_of(file_name: str) -> str:
    """Return the title of a document that came without one."""
    return PurePosixPath(file_name).stem.strip() or file_name


def _visible(text: str) -> str:
    """Compose (some systems send characters taken apart), drop what is not seen, trim."""
    text = _DIRECTION.sub("", unicodedata.normalize("NFC", text))
    text = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    return " ".join(text.split())
