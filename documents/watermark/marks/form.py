"""What forms of all kinds are made with (ISO 32000-2, 8.10)."""

from __future__ import annotations

from ..syntax.values import Name

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..syntax.values import Value

# A form whose parts are put together first and then laid on the page as one (11.6.6).
TRANSPARENCY_GROUP: dict[str, Value] = {"S": Name("Transparency")}


def form_entries(box: Sequence[float], resources: Value) -> dict[str, Value]:
    """A form's entries; ``box`` clips what it draws."""
    return {
        "Type": Name("XObject"),
        "Subtype": Name("Form"),
        "BBox": list(box),
        "Resources": resources,
    }


def see_through_state(opacity: float) -> dict[str, Value]:
    """The graphics state of a mark that lets the page through, whatever the page set (8.4.5)."""
    return {
        "Type": Name("ExtGState"),
        "BM": Name("Normal"),
        "SMask": Name("None"),
        "ca": opacity,
        "CA": opacity,
    }
