"""Marked PDF/A stays PDF/A as far as a mark could change that."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from documents.tests import builders
from documents.tests.watermark.mark_pages import marked_with
from documents.tests.watermark.marking import spec_of
from documents.tests.watermark.pdfa_rules import broken
from documents.tests.watermark.rendering import changed_region, changes, rendered
from documents.tests.watermark.test_conformance import INTENT, xmp
from documents.watermark import WatermarkSpec

PAGE = b"0 0 0.4 rg 280 300 20 240 re f"


def pdfa(part: int, *, has_intent: bool = True) -> bytes:
    metadata = xmp(part, b"B" if part < 4 else b"")
    intent = INTENT if has_intent else b""
    return builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R%s>>" % intent,
            2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            3: builders.stream(PAGE),
            5: builders.stream(metadata, b"/Type/Metadata/Subtype/XML"),
            6: builders.stream(b"", b"/N 3"),
            10: b"<</Type/Page/Parent 2 0 R/Contents 3 0 R%s>>" % builders.page_entries(),
        }
    )


def picture(mode: str = "RGBA") -> io.BytesIO:
    out = io.BytesIO()
    fill = (200, 30, 30, 128)[: len(mode)] if len(mode) > 1 else 90
    Image.new(mode, (20, 20), fill).save(out, "PNG")
    return out


MARKS = {
    "text": {"watermark_text": "DRAFT", "opacity": 0.3, "color": "#ff0000"},
    "grey": {"watermark_text": "DRAFT", "opacity": 0.3, "color": "#808080"},
    "opaque": {"watermark_text": "DRAFT", "opacity": 1},
    "scripts": {"watermark_text": "Ünï Ω Ж שלום", "opacity": 0.5, "position": "tile"},
    "lines": {"watermark_text": "page {{page}}\nof {{pages}}", "opacity": 0.5, "layer": "under"},
}


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    ("part", "has_intent"), [(1, True), (1, False), (2, True), (2, False), (3, True), (4, True)]
)
def test_marks_of_text(mark, part, has_intent):
    before = pdfa(part, has_intent=has_intent)
    after, _ = marked_with(before, spec_of(**MARKS[mark]))
    assert changed_region(before, after)
    # Without an output intent nothing says how transparency is to blend: as strict as part 1.
    assert broken(after, part=part if has_intent else 1, original_bytes=len(before)) == set()


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P"])
@pytest.mark.parametrize(("part", "has_intent"), [(1, True), (2, True), (2, False)])
def test_marks_of_pictures(mode, part, has_intent):
    before = pdfa(part, has_intent=has_intent)
    spec = WatermarkSpec.parse({"type": "image", "asset": "logo", "position": "top_left"})
    after, _ = marked_with(before, spec, assets={"logo": picture(mode)})
    assert changed_region(before, after)
    assert broken(after, part=part if has_intent else 1, original_bytes=len(before)) == set()


def test_a_picture_that_covers_goes_under_what_is_there():
    before = pdfa(1)
    spec = WatermarkSpec.parse({"type": "image", "asset": "logo", "position": "center"})
    after, result = marked_with(before, spec, assets={"logo": picture()})
    assert "put_under" in {notice.code for notice in result.warnings}
    filled = (rendered(before) < 200).any(axis=2)
    assert changes(before, after).any()
    assert not changes(before, after)[filled].any()


def test_the_checker_finds_what_it_is_to_find():
    """The same marks on documents that claim nothing use what PDF/A forbids."""
    before = builders.plain()
    after, _ = marked_with(before, spec_of(**MARKS["text"]))
    found = broken(after, part=1, original_bytes=len(before))
    assert {"transparency", "transparency group", "device colour"} <= found
