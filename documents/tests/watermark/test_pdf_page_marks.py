"""Pages of other documents as marks: what a page shows of them."""

from __future__ import annotations

import io

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.mark_pages import SIDE, colour_at, page_with
from documents.tests.watermark.rendering import rendered
from documents.watermark.errors import UnsupportedImage
from documents.watermark.marks.mark import MarkContext
from documents.watermark.marks.pdf_page import PdfPageMark

RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
YELLOW = [255, 255, 0]
CORNERS = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
BLUE_PAGE = b"0 0 1 rg 0 0 200 200 re f"
# Red, green, blue and yellow, from the upper left in reading order, on 100 by 60 points.
QUARTERS = b"1 0 0 rg 0 30 50 30 re f 0 1 0 rg 50 30 50 30 re f 0 0 1 rg 0 0 50 30 re f \
1 1 0 rg 50 0 50 30 re f"
BOX = b"/MediaBox[0 0 100 60]"


def asset(
    entries: bytes = BOX, content: bytes = QUARTERS, more: dict[int, bytes] | None = None
) -> bytes:
    page = entries + (b"" if b"/Contents" in entries else b"/Contents 3 0 R")
    return builders.one_page(page, {3: builders.stream(content), **(more or {})})


def shown(
    data: bytes,
    *,
    opacity: float = 1.0,
    background: bytes = b"",
    page: int = 1,
    context: MarkContext | None = None,
):
    """The part of the page that the mark takes, its form and its objects."""
    marked, form, objects = page_with(
        lambda objects, context: PdfPageMark(
            io.BytesIO(data), page=page, opacity=opacity, objects=objects, context=context
        ),
        background=background,
        context=context,
    )
    width, height = round(form.width), round(form.height)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    return rendered(marked)[top : top + height, left : left + width], form, objects


def corners(pixels) -> list[list[int]]:
    return [colour_at(pixels, *place) for place in CORNERS]


@pytest.mark.parametrize(
    "how",
    [{}, {"device_independent": True}, {"without_transparency": True, "device_independent": True}],
    ids=["form", "picture", "flat picture"],
)
@pytest.mark.parametrize(
    ("entries", "size", "expected"),
    [
        (b"", (100, 60), [RED, GREEN, BLUE, YELLOW]),
        (b"/Rotate 90", (60, 100), [BLUE, RED, YELLOW, GREEN]),
        (b"/Rotate 180", (100, 60), [YELLOW, BLUE, GREEN, RED]),
        (b"/Rotate -90", (60, 100), [GREEN, YELLOW, RED, BLUE]),
        (b"/CropBox[50 0 100 60]", (50, 60), [GREEN, GREEN, YELLOW, YELLOW]),
        (b"/CropBox[0 30 100 60]/Rotate 270", (30, 100), [GREEN, GREEN, RED, RED]),
        (b"/UserUnit 1.5", (150, 90), [RED, GREEN, BLUE, YELLOW]),
    ],
)
def test_page_is_drawn_as_a_reader_sees_it(entries, size, expected, how):
    pixels, form, _ = shown(asset(BOX + entries), context=MarkContext(**how))
    assert (form.width, form.height) == size
    assert corners(pixels) == expected


@pytest.mark.parametrize("without_transparency", [False, True])
def test_the_page_is_seen_where_the_mark_is_empty(without_transparency):
    data = asset(content=b"1 0 0 rg 0 0 50 60 re f")
    context = MarkContext(without_transparency=without_transparency, device_independent=True)
    pixels, _, _ = shown(data, background=BLUE_PAGE, context=context)
    assert colour_at(pixels, 0.25, 0.5) == RED
    assert colour_at(pixels, 0.75, 0.5) == BLUE


def test_nothing_is_drawn_beyond_the_crop_box():
    data = asset(b"/MediaBox[0 0 100 60]/CropBox[25 15 75 45]")
    page, form, _ = page_with(
        lambda objects, context: PdfPageMark(
            io.BytesIO(data), opacity=1, objects=objects, context=context
        )
    )
    assert (form.width, form.height) == (50, 30)
    assert (rendered(page).min(axis=2) < 250).sum() == 50 * 30


def test_inherited_box_turn_and_resources():
    data = builders.one_page(
        b"/Contents 3 0 R",
        {3: builders.stream(b"/Half gs " + QUARTERS)},
        tree=BOX + b"/Rotate 90/Resources<</ExtGState<</Half<</ca .5>>>>>>",
    )
    pixels, form, _ = shown(data)
    assert (form.width, form.height) == (60, 100)
    assert colour_at(pixels, 0.75, 0.25) == pytest.approx([255, 128, 128], abs=2)


def test_opacity_takes_the_page_as_one():
    """What overlaps in the mark does not show through itself."""
    data = asset(content=b"0 1 0 rg 0 0 100 60 re f 1 0 0 rg 0 0 100 60 re f")
    pixels, _, _ = shown(data, opacity=0.5, background=BLUE_PAGE)
    assert colour_at(pixels, 0.5, 0.5) == pytest.approx([128, 0, 127], abs=2)


@pytest.mark.parametrize(
    ("group", "opacity", "expected"),
    [(b"/Group<</S/Transparency>>", 1, RED), (b"", 0.5, [128, 0, 127])],
)
def test_blending_stays_within_the_mark(group, opacity, expected):
    """A page is a group of its own: multiplied colours do not darken what lies below."""
    state = b"/Resources<</ExtGState<</M<</BM/Multiply>>>>>>"
    data = asset(BOX + state + group, b"/M gs 1 0 0 rg 0 0 100 60 re f")
    pixels, _, _ = shown(data, opacity=opacity, background=BLUE_PAGE)
    assert colour_at(pixels, 0.5, 0.5) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("without_transparency", [False, True])
def test_opacity_where_the_page_has_to_be_a_picture(without_transparency):
    context = MarkContext(device_independent=True, without_transparency=without_transparency)
    data = asset(content=b"1 0 0 rg 0 0 50 60 re f")
    pixels, _, objects = shown(data, opacity=0.5, background=BLUE_PAGE, context=context)
    written = b"".join(objects.bodies.values())
    assert (b"SMask" in written) != without_transparency
    red = [255, 128, 128] if without_transparency else [128, 0, 127]
    assert colour_at(pixels, 0.25, 0.5) == pytest.approx(red, abs=4)
    assert colour_at(pixels, 0.75, 0.5) == pytest.approx(BLUE, abs=4)


def test_contents_in_parts_belong_together():
    halves = QUARTERS.split(b" 0 0 1 rg")
    data = builders.one_page(
        BOX + b"/Contents[3 0 R 99 0 R 4 0 R 5 0 R]",
        {
            3: builders.stream(halves[0][:8], compress=True),
            4: builders.stream(halves[0][8:]),
            5: builders.stream(b"0 0 1 rg" + halves[1], compress=True),
        },
    )
    assert corners(shown(data)[0]) == [RED, GREEN, BLUE, YELLOW]


def test_fonts_and_pictures_come_along():
    image = b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace 6 0 R"
    objects = {
        4: builders.stream(b"\x01", image),
        6: b"[/Indexed/DeviceRGB 1<ff000000ff00>]",
    }
    resources = b"/Resources<</XObject<</Im 4 0 R>>/Font<</F1 7 0 R>>>>"
    content = b"q 100 0 0 60 0 0 cm /Im Do Q BT /F1 60 Tf 10 10 Td (HH) Tj ET"
    pixels, _, copied = shown(asset(BOX + resources, content, {**objects, 7: builders.FONT}))
    assert colour_at(pixels, 0.02, 0.02) == GREEN
    assert (pixels.max(axis=2) < 50).sum() > 500
    assert len(copied.bodies) == 3  # the form, the picture, the font


def test_hidden_layers_stay_hidden():
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[5 0 R]/D<</OFF[5 0 R]>>>>>>",
        5: b"<</Type/OCG/Name(Draft)>>",
    }
    page = BOX + b"/Resources<</Properties<</L 5 0 R>>>>"
    content = b"1 0 0 rg 0 0 50 60 re f /OC /L BDC 0 1 0 rg 50 0 50 60 re f EMC"
    pixels, _, _ = shown(asset(page, content, objects))
    assert colour_at(pixels, 0.25, 0.5) == RED
    assert colour_at(pixels, 0.75, 0.5) == WHITE


def test_only_what_draws_is_taken_over():
    secret = builders.stream(b"a secret file")
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 100 60]"
    more = {
        1: b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert)>>>>",
        4: builders.stream(QUARTERS, form + b"/Metadata 6 0 R/PieceInfo 6 0 R/StructParent 1"),
        5: b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/JavaScript/JS(app.alert)>>>>",
        6: secret,
        7: b"<</Page 10 0 R/Root 1 0 R>>",
    }
    entries = BOX + b"/Annots[5 0 R]/AA<</O<</S/JavaScript/JS(app.alert)>>>>"
    resources = b"/Resources<</XObject<</X 4 0 R>>/Properties<</P 7 0 R>>>>"
    pixels, _, objects = shown(asset(entries + resources, b"/X Do", more))
    assert corners(pixels) == [RED, GREEN, BLUE, YELLOW]
    written = b"".join(objects.bodies.values())
    assert b"app.alert" not in written
    assert b"secret" not in written
    assert b"/Catalog" not in written


def test_same_bytes_and_any_page():
    data = builders.mixed()
    first, second = (shown(data, page=3, opacity=0.5) for _ in range(2))
    assert first[2].bodies == second[2].bodies
    assert (first[1].width, first[1].height) == (200, 120)


def looped_form() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</X 4 0 R>>>>"
    loop = {4: builders.stream(QUARTERS + b" /X Do", form)}
    return asset(BOX + b"/Resources<</XObject<</X 4 0 R>>>>", b"/X Do", loop)


def many_objects() -> bytes:
    numbers = range(100, 12_000)
    fonts = b" ".join(b"/F%d %d 0 R" % (number, number) for number in numbers)
    page = BOX + b"/Resources<</Font<<%s>>>>" % fonts
    return asset(page, more=dict.fromkeys(numbers, builders.FONT))


def arrays_that_double() -> bytes:
    levels = {number: b"[%d 0 R %d 0 R]" % ((number + 1,) * 2) for number in range(100, 160)}
    levels[160] = b"[]"
    return asset(BOX + b"/Resources<</Properties<</P<</A 100 0 R>>>>>>", more=levels)


def content_bomb() -> bytes:
    bomb = builders.stream(b" " * (40 << 20), compress=True)
    page = BOX + b"/Contents[3 0 R 4 0 R]"
    return asset(page, more={3: builders.stream(QUARTERS), 4: bomb})


@pytest.mark.parametrize(
    "data", [looped_form(), many_objects(), arrays_that_double(), content_bomb()]
)
def test_hostile_pages_still_show_what_they_can(data):
    assert corners(shown(data)[0]) == [RED, GREEN, BLUE, YELLOW]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        builders.encrypted(),
        builders.encrypted(user="secret"),
        builders.without_pages(),
        builders.with_looped_tree(),
        b"%PDF-1.7\n" + b"\0" * (33 << 20),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_documents_that_cannot_be_drawn_are_refused(data):
    with pytest.raises(UnsupportedImage):
        shown(data)


def test_page_that_is_not_there():
    with pytest.raises(UnsupportedImage, match="no page 2"):
        shown(asset(), page=2)


def test_result_is_a_sound_document():
    page, _, _ = page_with(
        lambda objects, context: PdfPageMark(
            io.BytesIO(builders.mixed()), opacity=0.5, objects=objects, context=context
        )
    )
    with pikepdf.open(io.BytesIO(page)) as pdf:
        assert pdf.check_pdf_syntax() == []
