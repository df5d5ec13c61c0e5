"""What a child can be asked to do with its document; loaded once it is confined."""

from __future__ import annotations

from documents.watermark import Limits, WatermarkSpec, WatermarkStrength, apply, inspect

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

    Tell = Callable[[int, int], None]


def mark(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write the marked copy."""
    spec, variables = WatermarkSpec.parse(request["spec"]), request["variables"]
    result = apply(source, target, spec, variables=variables, limits=limits, on_page=tell)
    return result.as_dict()


def look(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Tell what the document is."""
    return inspect(source, limits=limits).as_dict()


def draw(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write one page as a picture, with the mark if there is a spec."""
    from documents.watermark.preview import preview

    spec = WatermarkSpec.parse(request["spec"]) if request["spec"] else None
    page, width = request["page"], request["width"]
    variables = request["variables"]
    picture = preview(source, spec, page=page, width=width, variables=variables, limits=limits)
    target.write(picture)
    return {"bytes": len(picture)}


def rehearse(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Tell what the document is and what marking it says; the copy is thrown away.

    A copy is really made, so that nothing is said that the job would not say. Only pages are not
    drawn as pictures, which takes long and gives no warning of its own.
    """
    looked = inspect(source, limits=limits).as_dict()
    asked = request["spec"]
    is_slow = asked.get("strength") == WatermarkStrength.RASTER
    spec = WatermarkSpec.parse({**asked, "strength": "standard"} if is_slow else asked)
    result = apply(source, target, spec, variables=request["variables"], limits=limits)
    warnings = [notice.as_dict() for notice in result.warnings]
    return {"inspection": looked, "warnings": warnings}


TASKS = {"mark": mark, "look": look, "draw": draw, "rehearse": rehearse}
