"""What a child can be asked to do with its document; loaded once it is confined."""

from __future__ import annotations

import os

from documents.watermark import Limits, WatermarkSpec, WatermarkStrength, apply, inspect

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

    from documents.watermark.outcome import Result

    Tell = Callable[[int, int], None]

PDF = "pdf"


def mark(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write the marked copy."""
    spec, variables = WatermarkSpec.parse(request["spec"]), request["variables"]
    return _marked(request, source, target, spec, variables, limits, tell).as_dict()


def _marked(
    request: dict[str, Any],
    source: BinaryIO,
    target: BinaryIO,
    spec: WatermarkSpec,
    variables: dict[str, str],
    limits: Limits,
    tell: Tell | None = None,
) -> Result:
    if request["format"] == PDF:
        return apply(
            source,
            target,
            spec,
            variables=variables,
            limits=limits,
            assets=_assets(request),
            on_page=tell,
        )
    from documents.formats.marking import mark

    return mark(
        source,
        target,
        spec,
        format=request["format"],
        variables=variables,
        limits=limits,
        assets=_assets(request),
        on_page=tell,
    )


def _assets(request: dict[str, Any]) -> dict[str, BinaryIO]:
    """The open files that the mark is made of, by the names that its instructions have for them."""
    names: dict[str, str] = request.get("assets", {})
    return {name: os.fdopen(request[file], "rb") for name, file in names.items()}


def write(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write content as a document."""
    from documents.formats.writing import write

    title, content, format = request["title"], request["content"], request["format"]
    return write(title, content, target, format=format, limits=limits).as_dict()


def _inspected(format: str, source: BinaryIO, limits: Limits) -> dict[str, object]:
    if format == PDF:
        return inspect(source, limits=limits).as_dict()
    if format == "docx":
        from documents.formats.word.inspecting import inspect_word

        return inspect_word(source).as_dict()
    from documents.formats.marking import as_pdf

    with as_pdf(source, format, limits) as (pages, between, _):
        return inspect(pages, limits=between).as_dict()


def look(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Tell what the document is."""
    return _inspected(request["format"], source, limits)


def draw(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write one page as a picture, with the mark if there is a spec."""
    from documents.watermark.preview import preview

    spec = WatermarkSpec.parse(request["spec"]) if request["spec"] else None
    page, width = request["page"], request["width"]
    variables = request["variables"]
    from documents.formats.marking import as_pdf

    with as_pdf(source, request["format"], limits) as (pages, between, _):
        picture = preview(
            pages,
            spec,
            page=page,
            width=width,
            variables=variables,
            assets=_assets(request),
            limits=between,
        )
    target.write(picture)
    return {"bytes": len(picture)}


def rehearse(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Tell what the document is and what marking it says; the copy is thrown away.

    A copy is really made, so that nothing is said that the job would not say. Only pages are not
    drawn as pictures, which takes long and gives no warning of its own.
    """
    looked = _inspected(request["format"], source, limits)
    asked = request["spec"]
    is_slow = asked.get("strength") == WatermarkStrength.RASTER
    spec = WatermarkSpec.parse({**asked, "strength": "standard"} if is_slow else asked)
    result = _marked(request, source, target, spec, request["variables"], limits)
    warnings = [notice.as_dict() for notice in result.warnings]
    return {"inspection": looked, "warnings": warnings}


def check(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """See whether a Word document may be handed to what lays it out."""
    from documents.formats.word.inspecting import check_word

    check_word(source, refuses_signed=request["refuses_signed"])
    return {}


def judge(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """See whether marks can be made of a picture, a page or a font."""
    from documents.formats.judging import judge

    # What is drawn may be larger than its source.
    between = Limits(limits.max_target_bytes, limits.max_target_bytes, limits.max_pages)
    return judge(source, target, request["format"], between)


def portray(
    request: dict[str, Any], source: BinaryIO, target: BinaryIO, limits: Limits, tell: Tell
) -> dict[str, object]:
    """Write what an asset looks like as a small picture."""
    from documents.formats.portrait import portray

    between = Limits(limits.max_target_bytes, limits.max_target_bytes, limits.max_pages)
    picture = portray(source, request["format"], request["width"], between)
    target.write(picture)
    return {"bytes": len(picture)}


TASKS = {
    "portray": portray,
    "judge": judge,
    "mark": mark,
    "check": check,
    "write": write,
    "look": look,
    "draw": draw,
    "rehearse": rehearse,
}
