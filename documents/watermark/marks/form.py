"""What forms of all kinds are made with (ISO 32000-2, 8.10)."""

from __future__ import annotations

from ..syntax.values import Name, number

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


def screen(box: Sequence[float], pitch: float, opacity: float) -> bytes:
    """Stripes that cover the share ``opacity`` of a box (left, bottom, right, top).

    Seen from where a page is read they are as a see-through mark is, with nothing in the document
    that is transparent. ``pitch`` is the distance from stripe to stripe in points.
    """
    left, bottom, right, top = box
    width, height = number(right - left), number(opacity * pitch)
    stripes = int((top - bottom) / pitch) + 1
    rows = (
        b"%b %b %b %b re" % (number(left), number(bottom + index * pitch), width, height)
        for index in range(stripes)
    )
    return b"\n".join([*rows, b"f\n"])
