"""Marking bytes, as the tests want it."""

from __future__ import annotations

import tempfile

from documents.tests.watermark.rendering import changed_region, page_count
from documents.watermark import Limits, Result, WatermarkSpec, apply


def spec_of(**options: object) -> WatermarkSpec:
    """A spec with a short black text that covers what it stands on, unless told otherwise."""
    defaults = {"watermark_text": "LEFT", "opacity": 1, "color": "#000000", "font_size": 24}
    return WatermarkSpec.parse(defaults | options)


def marked(data: bytes, *, password: str | None = None, **options: object) -> bytes:
    """The marked document."""
    return outcome(data, password=password, **options)[0]


def outcome(
    data: bytes, *, password: str | None = None, limits: Limits | None = None, **options: object
) -> tuple[bytes, Result]:
    """The marked document and what the engine told of it."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.flush()
        result = apply(source, target, spec_of(**options), password=password, limits=limits)
        target.seek(0)
        return target.read(), result


def notices(result: Result) -> set[str]:
    """The codes of the warnings."""
    return {notice.code for notice in result.warnings}


def assert_marked(before: bytes, after: bytes, pages: int = 1) -> None:
    """The mark is on every page, and no page is lost."""
    assert page_count(after) == pages
    for page in range(pages):
        assert changed_region(before, after, page)
