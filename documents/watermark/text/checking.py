"""Whether a text can be drawn, before there is a document to draw it on."""

from __future__ import annotations

from .choosing import FontChoice
from .typesetting import typeset

STAND_IN = "0"  # for a variable, whose value is not known yet


def check_text(
    text: str, *, family: str = "sans", weight: str = "regular", folder: str | None = None
) -> None:
    """Raise UnsupportedText when a mark cannot say this; cheap, and needs no document.

    Variables are taken to have values that can be drawn. ``folder``: where more fonts lie.
    """
    if "{{" in text:
        from ..spec.variables import VARIABLES, substitute

        text = substitute(text, dict.fromkeys(VARIABLES, STAND_IN))
    typeset(text, FontChoice(family, weight, folder=folder))
