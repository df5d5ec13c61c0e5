"""Pictures and pages of documents as marks, in documents of all kinds."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pytest
from PIL import Image

from documents.tests import builders
from documents.tests.watermark.mark_pages import marked_with
from documents.tests.watermark.rendering import Region, changed_region, rendered
from documents.watermark import BadSpec, WatermarkSpec
from documents.watermark.errors import UnsupportedImage

GREEN = (0, 128, 0)
BLANK = builders.plain(content=b"")


def logo() -> io.BytesIO:
    """100 by 50 pixels, half of them clear."""
    image = Image.new("RGBA", (100, 50), (*GREEN, 255))
    image.paste((0, 0, 0, 0), (50, 0, 100, 50))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file


def stamp() -> io.BytesIO:
    """A page of 100 by 50 points, its left half green, lying on its side in the file."""
    content = b"0 .50196 0 rg 0 50 50 50 re f"
    entries = builders.page_entries(media_box=(0, 0, 50, 100), rotate=-90)
    return io.BytesIO(builders.plain(content=content, entries=entries))


ASSETS = {"logo": logo(), "stamp": stamp()}
BOTH = [{"type": "image", "asset": "logo"}, {"type": "pdf", "asset": "stamp"}]


def spec_of(**options: object) -> WatermarkSpec:
    return WatermarkSpec.parse({"opacity": 1, **options})


def marked(data: bytes, **options: object) -> bytes:
    return marked_with(data, spec_of(**options), assets=ASSETS)[0]


@pytest.mark.parametrize("of", BOTH)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"position": "top_left"}, (36, 36, 86, 86)),
        ({"position": "bottom_right"}, (595 - 136, 842 - 86, 595 - 86, 842 - 36)),
        ({"position": "top_left", "scale": 0.5}, (36, 36, 36 + 595 / 4, 36 + 595 / 4)),
        ({"position": "center", "rotation": 180}, (297.5, 396, 347.5, 446)),
    ],
)
def test_size_and_place(of, options, expected):
    region = changed_region(BLANK, marked(BLANK, **of, **options))
    assert region == pytest.approx(Region(*expected), abs=1.01)


@pytest.mark.parametrize("of", BOTH)
@pytest.mark.parametrize(
    "data",
    [
        builders.plain(content=b"", entries=builders.page_entries(rotate=90)),
        builders.object_streams(1),
        builders.encrypted(),
        builders.inherited(),
        builders.with_shifted_offsets(),
    ],
)
def test_upright_on_pages_of_all_kinds(of, data):
    after = marked(data, **of, position="top_left", margin=10)
    region = changed_region(data, after)
    assert region == pytest.approx(Region(10, 10, 60, 60), abs=1.01)
    assert rendered(after)[30, 30].tolist() == pytest.approx(GREEN, abs=2)


@pytest.mark.parametrize("of", BOTH)
def test_opacity_and_layers(of):
    page = builders.plain(content=b"0 0 1 rg 0 421 595 421 re f")
    over = rendered(marked(page, **of, opacity=0.5))
    assert over[410, 260].tolist() == pytest.approx([0, 64, 128], abs=2)
    assert over[432, 260].tolist() == pytest.approx([128, 191, 128], abs=2)
    under = rendered(marked(page, **of, layer="under"))
    assert under[410, 260].tolist() == [0, 0, 255]
    assert under[432, 260].tolist() == pytest.approx(GREEN, abs=2)


@pytest.mark.parametrize("of", BOTH)
def test_stored_once_however_often_it_is_drawn(of):
    before = builders.plain(50)
    after, result = marked_with(before, spec_of(**of, position="tile"), assets=ASSETS)
    assert result.tail_bytes < 400 * 50
    forms = 0
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert pdf.check_pdf_syntax() == []
        images = [each for each in pdf.objects if _is(each, "/Image")]
        forms = sum(_is(each, "/Form") for each in pdf.objects)
    assert len(images) == (2 if of["type"] == "image" else 0)  # the picture and its mask
    assert forms == 1


def _is(found: object, subtype: str) -> bool:
    return isinstance(found, pikepdf.Stream) and found.get("/Subtype") == subtype


@pytest.mark.parametrize("of", BOTH)
def test_same_bytes(of):
    assert marked(builders.mixed(), **of) == marked(builders.mixed(), **of)


def test_several_layers_of_several_kinds():
    spec = spec_of(
        watermark_text="LEFT",
        position="bottom_left",
        layers=[
            {**BOTH[0], "position": "top_left", "opacity": 1},
            {**BOTH[1], "position": "top_right", "opacity": 1},
        ],
    )
    after, _ = marked_with(BLANK, spec, assets=ASSETS)
    changed = np.abs(rendered(BLANK) - rendered(after)).max(axis=2) > 4
    assert changed[:421, :297].sum() == pytest.approx(50 * 50, rel=0.05)
    assert changed[:421, 298:].sum() == pytest.approx(50 * 50, rel=0.05)
    assert changed[421:, :297].any()


def test_without_transparency_pictures_go_under_and_cover_nothing():
    claim = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="1" '
        b'pdfaid:conformance="B"/></rdf:RDF>'
    )
    page = b"/Contents 3 0 R/Resources<<>>" + builders.page_entries()
    before = builders.one_page(
        page,
        {
            1: b"<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>",
            3: builders.stream(b"0 0 1 rg 0 421 595 421 re f"),
            5: builders.stream(claim, b"/Type/Metadata/Subtype/XML"),
        },
    )
    for of in BOTH:
        after = marked(before, **of, opacity=0.5)
        tail = after[len(before) :]
        assert b"SMask" not in tail
        assert b"Transparency" not in tail
        pixels = rendered(after)
        assert pixels[410, 260].tolist() == [0, 0, 255]
        assert pixels[432, 260].tolist() == pytest.approx([128, 191, 128], abs=12)
        assert pixels[432, 330].tolist() == pytest.approx([255, 255, 255], abs=2)


def test_assets_that_are_missing_or_no_picture():
    with pytest.raises(BadSpec) as caught:
        marked_with(BLANK, spec_of(**BOTH[0]))
    assert caught.value.problems[0].loc == ("asset",)
    with pytest.raises(UnsupportedImage):
        marked_with(BLANK, spec_of(**BOTH[0]), assets={"logo": stamp()})
    with pytest.raises(UnsupportedImage):
        marked_with(BLANK, spec_of(**BOTH[1]), assets={"stamp": logo()})
    with pytest.raises(FileNotFoundError):
        marked_with(BLANK, spec_of(**BOTH[0]), assets={"logo": "/no/such/file.png"})
