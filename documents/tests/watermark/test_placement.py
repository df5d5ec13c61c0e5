"""Where the mark is, seen in pixels: on every kind of page, at every position."""

from __future__ import annotations

import numpy as np
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked, notices, outcome
from documents.tests.watermark.rendering import (
    Region,
    changed_region,
    changes,
    page_size,
    rendered,
)

BLANK = (400, 300)
MARGIN = 20
ANCHORS = [
    f"{row}_{column}" if (row, column) != ("center", "center") else "center"
    for row in ("top", "center", "bottom")
    for column in ("left", "center", "right")
]
# The same blank page of 400 by 300 points as seen, made in different ways.
GEOMETRIES = {
    "plain": {"media_box": (0, 0, 400, 300)},
    "turned_90": {"media_box": (0, 0, 300, 400), "rotate": 90},
    "turned_180": {"media_box": (0, 0, 400, 300), "rotate": 180},
    "turned_270": {"media_box": (0, 0, 300, 400), "rotate": 270},
    "turned_back": {"media_box": (0, 0, 300, 400), "rotate": -90},
    "turned_on": {"media_box": (0, 0, 300, 400), "rotate": 450},
    "moved": {"media_box": (-1000, 500, -600, 800)},
    "corners_swapped": {"media_box": (400, 300, 0, 0)},
    "cropped": {"media_box": (0, 0, 900, 900), "crop_box": (100, 200, 500, 500)},
    "cropped_turned": {"media_box": (0, 0, 900, 900), "crop_box": (9, 8, 309, 408), "rotate": 90},
    "cropped_270": {"media_box": (0, 0, 900, 900), "crop_box": (9, 8, 309, 408), "rotate": 270},
    "crop_beyond_media": {"media_box": (0, 0, 400, 300), "crop_box": (-50, -50, 500, 400)},
    "large_units": {"media_box": (0, 0, 100, 75), "user_unit": 4},
}


def blank(**geometry) -> bytes:
    return builders.plain(content=b"", entries=builders.page_entries(**geometry))


def middle(region: Region) -> tuple[float, float]:
    return (region.left + region.right) / 2, (region.top + region.bottom) / 2


def assert_anchored(region: Region, anchor: str, size: tuple[float, float]) -> None:
    row, _, column = (anchor if "_" in anchor else "center_center").partition("_")
    x, y = middle(region)
    expected_x = {"left": MARGIN, "center": size[0] / 2, "right": size[0] - MARGIN}[column]
    expected_y = {"top": MARGIN, "center": size[1] / 2, "bottom": size[1] - MARGIN}[row]
    assert {"left": region.left, "center": x, "right": region.right}[column] == pytest.approx(
        expected_x, abs=1
    )
    assert {"top": region.top, "center": y, "bottom": region.bottom}[row] == pytest.approx(
        expected_y, abs=1
    )


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("geometry", ["plain", "turned_90", "cropped_270"])
def test_anchors(anchor, geometry):
    page = blank(**GEOMETRIES[geometry])
    after = marked(page, position=anchor, margin=MARGIN)
    assert_anchored(changed_region(page, after), anchor, BLANK)


@pytest.mark.parametrize("geometry", list(GEOMETRIES))
def test_upright_on_every_geometry(geometry):
    """An "L" has its ink at the left and at the bottom, wherever the page has been turned."""
    page = blank(**GEOMETRIES[geometry])
    # pdfium leaves user units to its callers: it shows such a page smaller by that factor.
    unit = GEOMETRIES[geometry].get("user_unit", 1)
    assert page_size(page) == (BLANK[0] / unit, BLANK[1] / unit)
    after = marked(page, watermark_text="L", position="top_left", margin=MARGIN, font_size=72)
    scale = 2.0 * unit
    region = changed_region(page, after, scale=scale)
    left, top, right, bottom = (edge * unit for edge in region)
    assert_anchored(Region(left, top, right, bottom), "top_left", BLANK)
    ink = changes(page, after, scale=scale)
    rows, columns = np.nonzero(ink)
    letter = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = letter.shape
    assert height > width
    assert letter[:, : width // 8].mean() > 0.9
    assert letter[-height // 20 :, :].mean() > 0.9
    assert not letter[: height // 2, width // 2 :].any()


@pytest.mark.parametrize(
    "entries",
    [
        b"",
        b"/MediaBox[0 0 0 0]",
        b"/MediaBox[0 0 (a) 1e400]",
        b"/MediaBox[0 0 612]",
        b"/MediaBox/None",
        b"/MediaBox[0 0 612 792]/Rotate/Left/UserUnit(x)",
    ],
)
def test_bad_boxes_count_as_letter(entries):
    page = builders.plain(content=b"", entries=entries)
    assert page_size(page) == (612, 792)
    region = changed_region(page, marked(page))
    assert middle(region) == pytest.approx((306, 396), abs=2)


def test_inherited_geometry():
    page = builders.inherited()
    size = page_size(page)
    assert size == (600, 400)
    region = changed_region(page, marked(page, position="bottom_right", margin=MARGIN))
    assert_anchored(region, "bottom_right", size)


def test_rotation_is_counter_clockwise():
    page = blank(media_box=(0, 0, 400, 300))
    upright = changed_region(page, marked(page, watermark_text="MMMMMM"))
    turned = changed_region(page, marked(page, watermark_text="MMMMMM", rotation=90))
    assert turned.right - turned.left == pytest.approx(upright.bottom - upright.top, abs=2)
    assert middle(turned) == pytest.approx(middle(upright), abs=2)
    ink = changes(page, marked(page, watermark_text="L", rotation=90, font_size=72))
    rows, columns = np.nonzero(ink)
    letter = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert letter[:, -letter.shape[1] // 20 :].mean() > 0.9  # its foot is at the right now
    assert letter[-letter.shape[0] // 8 :, :].mean() > 0.9


@pytest.mark.parametrize("geometry", ["plain", "turned_90", "turned_270"])
def test_diagonal_runs_from_lower_left_to_upper_right(geometry):
    page = blank(**GEOMETRIES[geometry])
    after = marked(page, watermark_text="DIAGONAL", position="diagonal", font_size=40)
    ink = changes(page, after)
    height, width = ink.shape
    assert not ink[: height // 3, : width // 3].any()
    assert not ink[-height // 3 :, -width // 3 :].any()
    rows, columns = np.nonzero(ink)
    steepness = -np.polyfit(columns, rows, 1)[0]
    assert steepness == pytest.approx(height / width, rel=0.2)
    assert middle(changed_region(page, after)) == pytest.approx(
        (200, 150), abs=6
    )  # an L leaves a corner free


@pytest.mark.parametrize("geometry", ["plain", "turned_90", "cropped_270"])
def test_tiles_cover_the_page(geometry):
    page = blank(**GEOMETRIES[geometry])
    ink = changes(page, marked(page, position="tile", font_size=12))
    rows, columns = np.array_split(ink, 3), 4
    for row in rows:
        for cell in np.array_split(row, columns, axis=1):
            assert cell.any()
    assert 0.01 < ink.mean() < 0.3


def test_long_text_is_fitted_into_the_page():
    page = blank(media_box=(0, 0, 400, 300))
    after, result = outcome(page, watermark_text="W" * 100, font_size=72, margin=MARGIN)
    region = changed_region(page, after)
    assert (region.left, region.right) == pytest.approx((MARGIN, 400 - MARGIN), abs=3)
    assert notices(result) == {"mark_scaled_down"}


def test_text_that_fits_keeps_its_size():
    page = blank(media_box=(0, 0, 400, 300))
    after, result = outcome(page, watermark_text="H", font_size=72)
    region = changed_region(page, after, scale=4)
    assert region.bottom - region.top == pytest.approx(72 * 0.729, abs=1)  # its capital height
    assert notices(result) == set()


@pytest.mark.parametrize("anchor", ["center", "bottom_right", "diagonal", "tile"])
def test_tiny_page(anchor):
    page = blank(media_box=(0, 0, 20, 12))
    ink = changes(page, marked(page, position=anchor, font_size=72), scale=20)
    assert 0.01 < ink.mean() < 0.8


@pytest.mark.parametrize("anchor", ["center", "top_left", "diagonal", "tile"])
def test_huge_page(anchor):
    page = blank(media_box=(0, 0, 14400, 14400))
    after, result = outcome(page, position=anchor, font_size=24)
    assert notices(result) == {"mark_scaled_up"}
    ink = changes(page, after, scale=0.05)
    assert ink.mean() > 0.0005


def test_every_page_of_a_mixed_document():
    document = builders.mixed()
    after = marked(document, position="bottom_left", margin=MARGIN)
    for page in range(4):
        region = changed_region(document, after, page)
        width, height = page_size(document, page)
        margin = min(MARGIN, 0.25 * min(width, height))
        assert region.left == pytest.approx(margin, abs=3)
        assert region.bottom == pytest.approx(height - margin, abs=1.5)


def test_lines_lean_to_the_side_of_their_anchor():
    page = blank(media_box=(0, 0, 400, 300))
    text = "MMMMMM\nM"
    for anchor, wanted in (("top_left", "left"), ("top_right", "right"), ("top_center", "center")):
        ink = changes(page, marked(page, watermark_text=text, position=anchor, margin=MARGIN))
        rows, columns = np.nonzero(ink)
        second = columns[rows > (rows.min() + rows.max()) / 2]
        sides = {
            "left": second.min() - columns.min() < 5,
            "right": columns.max() - second.max() < 5,
            "center": abs(second.min() + second.max() - columns.min() - columns.max()) < 6,
        }
        assert [side for side, is_so in sides.items() if is_so] == [wanted]


def test_the_rest_of_the_page_is_untouched():
    document = builders.plain()
    after = marked(document, position="bottom_center", margin=MARGIN)
    upper = rendered(document)[:700]
    assert (upper == rendered(after)[:700]).all()
