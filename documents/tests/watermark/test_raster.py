"""Documents turned into pictures: pages keep their size and look, and lose all else."""

from __future__ import annotations

import io
import tempfile

import numpy as np
import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.mark_pages import marked_with
from documents.tests.watermark.marking import spec_of
from documents.tests.watermark.rendering import page_count, page_size, rendered, text_of
from documents.watermark import Limits
from documents.watermark.errors import Damaged, Encrypted, NotAPdf, TooLarge, TooManyPages
from documents.watermark.outcome import Result
from documents.watermark.raster.rasterising import rasterise

COLOURS = b"1 0 0 rg 50 50 200 300 re f 0 0 1 rg 250 350 150 200 re f " + builders.TEXT
# A field with an appearance, and a note: neither is in the page's content.
APPEARANCE = b"/Type/XObject/Subtype/Form/BBox[0 0 100 40]"


def drawn(data: bytes, *, limits: Limits | None = None, **how: object) -> tuple[bytes, Result]:
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.flush()
        result = rasterise(source, target, limits=limits or Limits(), **how)
        target.seek(0)
        out = target.read()
        assert result.bytes_written == len(out)
        return out, result


def difference(before: bytes, after: bytes, page: int = 0) -> float:
    """How far the pixels differ in the mean, of 255."""
    return float(np.abs(rendered(before, page) - rendered(after, page)).mean())


def with_field() -> bytes:
    return builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>",
            2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            10: b"<</Type/Page/Parent 2 0 R/Annots[20 0 R 21 0 R]%s>>" % builders.page_entries(),
            20: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[100 100 200 140]"
            b"/AP<</N 22 0 R>>>>",
            21: b"<</Type/Annot/Subtype/Square/F 4/Rect[300 300 400 340]/AP<</N 23 0 R>>>>",
            22: builders.stream(b"0 0 1 rg 0 0 100 40 re f", APPEARANCE),
            23: builders.stream(b"0 1 0 rg 0 0 100 40 re f", APPEARANCE),
        }
    )


@pytest.mark.parametrize(
    "data",
    [
        builders.plain(content=COLOURS),
        builders.plain(content=COLOURS, entries=builders.page_entries(rotate=90)),
        builders.plain(content=COLOURS, entries=builders.page_entries(rotate=180)),
        builders.plain(content=COLOURS, entries=builders.page_entries(rotate=-90)),
        builders.plain(
            content=COLOURS,
            entries=builders.page_entries(crop_box=(40, 60, 420, 500), rotate=270),
        ),
        builders.inherited(),
        builders.plain(content=COLOURS, entries=builders.page_entries(media_box=(0, 0, 30, 9))),
        builders.plain(content=b""),
        with_field(),
        builders.object_streams(1),
        builders.encrypted(),
    ],
)
def test_pages_keep_size_and_look(data):
    after, _ = drawn(data)
    assert page_size(after) == pytest.approx(page_size(data), abs=0.01)
    assert difference(data, after) < 2.5


def test_fields_and_notes_are_in_the_picture():
    picture = rendered(drawn(with_field())[0])
    assert picture[842 - 120, 150].tolist() == pytest.approx([0, 0, 255], abs=3)
    assert picture[842 - 320, 350].tolist() == pytest.approx([0, 255, 0], abs=3)


def test_pages_of_different_sizes():
    before = builders.mixed()
    seen = []
    after, result = drawn(before, on_page=lambda page, pages: seen.append((page, pages)))
    assert result.pages == page_count(after) == 4
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for page in range(4):
        assert page_size(after, page) == pytest.approx(page_size(before, page), abs=0.01)
        assert difference(before, after, page) < 2


def test_units_of_pages_are_kept():
    entries = builders.page_entries(user_unit=2, media_box=(0, 0, 300, 400))
    after, _ = drawn(builders.plain(content=COLOURS, entries=entries))
    with pikepdf.open(io.BytesIO(after)) as pdf:
        page = pdf.pages[0]
        assert [float(side) for side in page.MediaBox] == [0, 0, 300, 400]
        assert float(page.UserUnit) == 2
        assert int(page.Resources.XObject.Im.Width) == 300 * 2 * 150 / 72


@pytest.mark.parametrize("side", [14_400, 30_000])
def test_very_large_pages_have_fewer_pixels(side):
    entries = builders.page_entries(media_box=(0, 0, side, side))
    content = b"1 0 0 rg 0 0 %d %d re f" % (side // 2, side)
    after, result = drawn(builders.plain(content=content, entries=entries))
    assert [notice.code for notice in result.warnings] == ["resolution_lowered"]
    with pikepdf.open(io.BytesIO(after)) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        assert 4_000 < int(image.Width) == int(image.Height) < 5_000
        page = pdf.pages[0]
        unit = float(page.get("/UserUnit", 1))
        assert float(page.MediaBox[2]) * unit == pytest.approx(side)
        assert float(page.MediaBox[2]) <= 14_400


def test_few_colours_are_kept_to_the_last_bit():
    black = builders.plain(content=b"0 g 100 100 200 300 re f")
    flat = builders.plain(content=b"1 0 0 rg 100 100 200 300 re f 0 0 1 rg 0 0 50 50 re f")
    for before, space, bits in ((black, "/DeviceGray", 1), (flat, "/DeviceRGB", 8)):
        after, _ = drawn(before, dpi=72)
        assert difference(before, after) == 0
        with pikepdf.open(io.BytesIO(after)) as pdf:
            image = pdf.pages[0].Resources.XObject.Im
            assert (image.Filter, image.ColorSpace) == ("/FlateDecode", space)
            assert image.BitsPerComponent == bits


def test_photographs_are_jpeg():
    shades = b"".join(
        b"%g %g %g rg %d %d 8 8 re f " % (x / 70, y / 100, (x * y % 97) / 97, 8 * x, 8 * y)
        for x in range(70)
        for y in range(100)
    )
    before = builders.plain(content=shades)
    after, _ = drawn(before)
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert pdf.pages[0].Resources.XObject.Im.Filter == "/DCTDecode"
    assert difference(before, after) < 4


def test_nothing_but_pictures_and_the_title_is_left():
    info = {5: b"<</Title(A title)/Author(Somebody)>>"}
    before = builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert)>>>>",
            2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
            3: builders.stream(builders.TEXT),
            10: b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources%s%s>>"
            % (builders.RESOURCES, builders.page_entries()),
        }
        | info,
        trailer=b"/Info 5 0 R",
    )
    assert "quick" in text_of(before)
    after, _ = drawn(before)
    assert text_of(after) == ""
    assert b"app.alert" not in after
    assert b"Somebody" not in after
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert dict(pdf.docinfo) == {"/Title": "A title"}
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}


def test_same_bytes():
    assert drawn(builders.mixed())[0] == drawn(builders.mixed())[0]


def test_password_opens_and_its_loss_is_told():
    protected = builders.encrypted(user="secret")
    with pytest.raises(Encrypted):
        drawn(protected)
    after, result = drawn(protected, password="secret")
    assert [notice.code for notice in result.warnings] == ["protection_removed"]
    assert difference(builders.plain(), after) < 2


@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (b"no document", Limits(), NotAPdf),
        (b"%PDF-1.7 and nothing else", Limits(), Damaged),
        (builders.without_pages(), Limits(), Damaged),
        (builders.plain(3), Limits(max_pages=2), TooManyPages),
        (builders.plain(), Limits(max_source_bytes=100), TooLarge),
        (builders.plain(), Limits(max_target_bytes=900), TooLarge),
    ],
)
def test_limits_and_broken_files(data, limits, error):
    with pytest.raises(error):
        drawn(data, limits=limits)


@pytest.mark.parametrize("data", [builders.mixed(), builders.with_shifted_offsets()])
def test_strength_raster_draws_the_mark_into_the_pictures(data):
    options = {"watermark_text": "LEFT", "font_size": 72, "color": "#ff0000"}
    plain, _ = marked_with(data, spec_of(**options))
    seen = []
    after, result = marked_with(
        data,
        spec_of(**options, strength="raster"),
        on_page=lambda page, pages: seen.append((page, pages)),
    )
    assert result.method == "raster"
    assert result.bytes_written == len(after)
    assert seen == [(page, result.pages) for page in range(1, result.pages + 1)]
    assert text_of(after) == ""
    for page in range(result.pages):
        assert page_size(after, page) == pytest.approx(page_size(data, page), abs=0.01)
        assert 3 * difference(plain, after, page) < difference(data, after, page)
