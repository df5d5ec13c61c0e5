"""Where marks stand, as numbers: true for every page that there may be."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from documents.watermark.placement.geometry import Box, Matrix, PageGeometry, turned_extent
from documents.watermark.placement.placement import MARGIN_SHARE, place
from documents.watermark.placement.tiles import MOST_TILES
from documents.watermark.spec import MarkSpec
from documents.watermark.spec.lengths import in_points

A4 = PageGeometry(Box(0, 0, 595, 842))
ANCHORS = [
    f"{row}_{column}" if (row, column) != ("center", "center") else "center"
    for row in ("top", "center", "bottom")
    for column in ("left", "center", "right")
]
SIZES = st.tuples(st.floats(0.5, 3000), st.floats(0.5, 3000))
LENGTHS = st.one_of(
    st.floats(0, 720),
    st.floats(0, 25).map(lambda share: f"{share:.2f}%"),
    st.floats(0, 250).map(lambda share: f"{share:.2f}mm"),
)


def mark_of(**options: object) -> MarkSpec:
    return MarkSpec.parse({"watermark_text": "x"} | options)


def picture(**options: object) -> MarkSpec:
    return MarkSpec.parse({"type": "image", "asset": "a"} | options)


@st.composite
def geometries(draw: st.DrawFn) -> PageGeometry:
    left, bottom = draw(st.floats(-5000, 5000)), draw(st.floats(-5000, 5000))
    width, height = draw(st.floats(3, 14400)), draw(st.floats(3, 14400))
    box = Box(left, bottom, left + width, bottom + height)
    return PageGeometry(box, draw(st.sampled_from((0, 90, 180, 270))), draw(st.floats(0.1, 20)))


def seen_corners(
    matrix: Matrix, size: tuple[float, float], geometry: PageGeometry
) -> list[tuple[float, float]]:
    """The corners of a copy in seen space."""
    to_user = geometry.to_user_space
    width, height = size[0] / 2, size[1] / 2
    corners = []
    for x, y in ((-width, -height), (-width, height), (width, -height), (width, height)):
        away_x, away_y = matrix.applied(x, y)
        away_x, away_y = away_x - to_user.e, away_y - to_user.f
        # A quarter turn with a scale is undone by its transpose over the square of the scale.
        square = to_user.a**2 + to_user.b**2
        corners.append(
            (
                (to_user.a * away_x + to_user.b * away_y) / square,
                (to_user.c * away_x + to_user.d * away_y) / square,
            )
        )
    return corners


@settings(max_examples=300, deadline=None)
@given(
    size=SIZES,
    geometry=geometries(),
    anchor=st.sampled_from([*ANCHORS, "diagonal"]),
    rotation=st.none() | st.floats(-180, 180),
    margin=LENGTHS,
    scale=st.none() | st.floats(0.01, 10),
    made=st.sampled_from((mark_of, picture)),
)
def test_a_mark_stays_within_the_margins(size, geometry, anchor, rotation, margin, scale, made):
    mark = made(position=anchor, rotation=rotation, margin=margin, scale=scale)
    (matrix,) = place(mark, size, geometry).matrices
    page = geometry.size
    free = min(in_points(mark.margin, min(page)), MARGIN_SHARE * min(page))
    slack = 1e-6 * (max(page) + 5000 * geometry.user_unit)
    corners = seen_corners(matrix, size, geometry)
    for axis in (0, 1):
        reached = [corner[axis] for corner in corners]
        assert min(reached) >= free - slack
        assert max(reached) <= page[axis] - free + slack
    row, _, column = (anchor if "_" in anchor else "center_center").partition("_")
    for axis, word in ((0, column), (1, row)):
        reached = [corner[axis] for corner in corners]
        if word in ("left", "bottom"):
            assert min(reached) == pytest.approx(free, abs=slack)
        elif word in ("right", "top"):
            assert max(reached) == pytest.approx(page[axis] - free, abs=slack)
        else:
            assert (min(reached) + max(reached)) / 2 == pytest.approx(page[axis] / 2, abs=slack)


@settings(max_examples=200, deadline=None)
@given(
    size=SIZES,
    geometry=geometries(),
    anchor=st.sampled_from([*ANCHORS, "diagonal"]),
    offset=st.tuples(st.floats(-14400, 14400), st.floats(-100, 100).map(lambda x: f"{x:.1f}%")),
)
def test_no_offset_pushes_a_mark_off_the_page(size, geometry, anchor, offset):
    mark = mark_of(position=anchor, offset_x=offset[0], offset_y=offset[1], margin=0)
    (matrix,) = place(mark, size, geometry).matrices
    slack = 1e-6 * (max(geometry.size) + 5000 * geometry.user_unit)
    for corner in seen_corners(matrix, size, geometry):
        assert -slack <= corner[0] <= geometry.size[0] + slack
        assert -slack <= corner[1] <= geometry.size[1] + slack


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.floats(2, 600), st.floats(2, 200)),
    geometry=geometries(),
    rotation=st.none() | st.floats(-180, 180),
    offset=st.tuples(st.floats(-14400, 14400), st.floats(-14400, 14400)),
    stagger=st.booleans(),
)
@example(  # a strip: most of the upright box around the turned page is not page
    size=(2.0, 2.0),
    geometry=PageGeometry(Box(0.0, 0.0, 57.0, 2352.0), 0, 3.0),
    rotation=None,
    offset=(0.0, 0.0),
    stagger=False,
)
def test_tiles_leave_no_hole(size, geometry, rotation, offset, stagger):
    """Around every point of the page stands a copy no further away than the gaps allow."""
    mark = mark_of(
        position="tile",
        rotation=rotation,
        offset_x=offset[0],
        offset_y=offset[1],
        tile={"stagger": stagger},
    )
    placement = place(mark, size, geometry)
    assert 0 < len(placement.matrices) <= 2 * MOST_TILES
    centres = [
        tuple(sum(axis) / 4 for axis in zip(*seen_corners(each, size, geometry), strict=True))
        for each in placement.matrices
    ]
    page = geometry.size
    first = placement.matrices[0]
    grown = math.hypot(first.a, first.b) * geometry.user_unit
    assert any(
        abs(centre[axis] - page[axis] / 2) < page[axis] / 2 + max(size) * grown
        for centre in centres
        for axis in (0, 1)
    )
    step = max(size) * grown + 4 * mark.font_size * placement.scale
    step *= max(1, math.sqrt(4 * page[0] * page[1] / step**2 / MOST_TILES))  # gaps may have grown
    if min(page) > 3 * step:
        for x in (0.05, 0.5, 0.95):
            for y in (0.05, 0.5, 0.95):
                point = (x * page[0], y * page[1])
                assert min(math.dist(point, centre) for centre in centres) < 1.5 * step


def middle(mark: MarkSpec, size: tuple[float, float] = (100, 20)) -> tuple[float, float]:
    (matrix,) = place(mark, size, A4).matrices
    return matrix.e, matrix.f


def test_offsets_go_right_and_up():
    assert middle(mark_of()) == pytest.approx((297.5, 421))
    assert middle(mark_of(offset_x=10, offset_y="10%")) == pytest.approx((307.5, 421 + 84.2))
    assert middle(mark_of(offset_x="-1in", offset_y=-5)) == pytest.approx((225.5, 416))
    assert middle(mark_of(offset_x=9999)) == pytest.approx((595 - 50, 421))
    assert middle(mark_of(position="bottom_left", offset_x=-36, offset_y=-20)) == pytest.approx(
        (50, 26)
    )


def test_scale_multiplies_text_and_shares_the_page_with_pictures():
    def width(mark: MarkSpec) -> float:
        placement = place(mark, (100, 20), A4)
        assert placement.scale == pytest.approx(1)
        return 100 * placement.matrices[0].a

    assert width(mark_of()) == pytest.approx(100)
    assert width(mark_of(scale=2.5)) == pytest.approx(250)
    assert width(picture()) == pytest.approx(100)
    assert width(picture(scale=0.25)) == pytest.approx(595 / 4)


def test_the_scale_that_is_told_is_relative_to_what_was_asked():
    assert place(mark_of(scale=10), (595 - 72, 20), A4).scale == pytest.approx(0.1)
    assert place(picture(scale=2, margin=0), (10, 10), A4).scale == pytest.approx(0.5)
    large = PageGeometry(Box(0, 0, 8420, 8420))
    assert place(mark_of(scale=0.5), (100, 20), large).scale == pytest.approx(10)
    assert place(picture(scale=0.5), (100, 20), large).scale == pytest.approx(1)


def test_margins_are_kept_where_there_is_room():
    assert middle(mark_of(position="top_left", margin=100)) == pytest.approx((150, 842 - 110))
    assert middle(mark_of(position="top_left", margin="10%")) == pytest.approx(
        (59.5 + 50, 842 - 59.5 - 10)
    )


def steps(**options: object) -> tuple[float, float]:
    """From a copy to the next one in its row, and from row to row, of level tiles."""
    mark = mark_of(position="tile", rotation=0, **options)
    placement = place(mark, (100, 20), A4)
    rows: dict[float, list[float]] = {}
    for matrix in placement.matrices:
        rows.setdefault(round(matrix.f, 3), []).append(matrix.e)
    levels = sorted(rows)
    first = sorted(rows[levels[0]])
    return first[1] - first[0], levels[1] - levels[0]


def test_tile_gaps():
    assert steps() == pytest.approx((148, 68), abs=0.01)
    assert steps(tile={"gap_x": 10, "gap_y": "0"}) == pytest.approx((110, 20), abs=0.01)
    assert steps(tile={"gap_x": "10%", "gap_y": "10%"}) == pytest.approx(
        (159.5, 20 + 84.2), abs=0.01
    )


@pytest.mark.parametrize("stagger", [True, False])
def test_every_other_row_is_staggered(stagger):
    mark = mark_of(position="tile", rotation=0, tile={"stagger": stagger})
    placement = place(mark, (100, 20), A4)
    starts = {round(each.e % 148, 2) for each in placement.matrices}
    assert len(starts) == (2 if stagger else 1)


def test_a_form_without_extent_harms_nobody():
    placement = place(mark_of(position="tile", tile={"gap_x": 0, "gap_y": 0}), (0, 0), A4)
    assert len(placement.matrices) <= 2 * MOST_TILES


def test_turned_extent():
    assert turned_extent((3, 4), 0) == pytest.approx((3, 4))
    assert turned_extent((3, 4), math.pi / 2) == pytest.approx((4, 3))
