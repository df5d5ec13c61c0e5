"""What a text may leave open until it is drawn: ``{{ page }}``, ``{{ recipient.name }}``."""

from __future__ import annotations

import re

from ..errors import BadSpec, Problem

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE_VARIABLES = ("page", "pages")
"""Those that the engine knows by itself, anew for every page."""

VARIABLES = (
    *PAGE_VARIABLES,
    "date",
    "time",
    "document.title",
    "org.name",
    "recipient.name",
    "recipient.email",
    "copy.id",
)
"""All that a text may name."""

_VARIABLE = r"\{\{[ \n]*([^{}\n]*?)[ \n]*\}\}"


def named_in(text: str) -> tuple[str, ...]:
    """What stands between double braces, known or not: each once, in the order of the text."""
    return tuple(dict.fromkeys(re.findall(_VARIABLE, text))) if "{{" in text else ()


def variables_in(text: str) -> tuple[str, ...]:
    """The variables of a text: each once, in the order of the text."""
    return tuple(name for name in named_in(text) if name in VARIABLES)


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with a value in place of each variable, on one line and without controls.

    Values are not looked into: braces in a document's title stay what they are. Raises BadSpec
    when a variable has no value.
    """
    missing = [name for name in variables_in(text) if name not in values]
    if missing:
        raise BadSpec([without_value(name) for name in missing])

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return _one_line(values[name]) if name in VARIABLES else found[0]

    return re.sub(_VARIABLE, value, text) if "{{" in text else text


def without_value(name: str, *location: str) -> Problem:
    """The problem of a variable whose value nobody gave; ``location`` is the layer's."""
    message = f"There is no value for {{{{ {name} }}}} here"
    return Problem((*location, "watermark_text"), message, "missing_variable", {"variable": name})


def _one_line(value: str) -> str:
    printable = "".join(sign if sign.isprintable() or sign.isspace() else "" for sign in value)
    return " ".join(printable.split())
