"""Options of place, seen in pixels."""

from __future__ import annotations

import numpy as np
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked
from documents.tests.watermark.rendering import changed_region, changes
from documents.tests.watermark.test_placement import GEOMETRIES, assert_anchored, blank, middle

TURNS = ["plain", "turned_90", "turned_180", "cropped_270"]


@pytest.mark.parametrize("geometry", TURNS)
def test_offsets(geometry):
    page = blank(**GEOMETRIES[geometry])
    after = marked(page, offset_x="1in", offset_y="10%")
    assert middle(changed_region(page, after)) == pytest.approx((200 + 72, 150 - 30), abs=1.5)


@pytest.mark.parametrize("geometry", TURNS)
def test_an_offset_stops_at_the_edge(geometry):
    page = blank(**GEOMETRIES[geometry])
    region = changed_region(page, marked(page, offset_x="100%", offset_y=-9999))
    assert (region.right, region.bottom) == pytest.approx((400, 300), abs=1)


@pytest.mark.parametrize("margin", ["20pt", "20", "0.7056cm", "6.6667%"])
def test_margins_with_units(margin):
    page = blank(**GEOMETRIES["turned_90"])
    after = marked(page, position="bottom_right", margin=margin)
    assert_anchored(changed_region(page, after), "bottom_right", (400, 300))


def test_scale():
    page = blank(**GEOMETRIES["plain"])
    one, three = (
        changed_region(page, marked(page, font_size=10, scale=scale), scale=4) for scale in (1, 3)
    )
    assert three.right - three.left == pytest.approx(3 * (one.right - one.left), rel=0.03)


@pytest.mark.parametrize("geometry", TURNS)
def test_tile_gaps(geometry):
    """Level rows of a solid block, a known distance from each other."""
    page = blank(**GEOMETRIES[geometry])
    tile = {"gap_x": "10%", "gap_y": 30, "stagger": False}
    block = {"watermark_text": "█", "font_size": 20, "rotation": 0, "position": "tile"}
    ink = changes(page, marked(page, tile=tile, **block))
    widths = np.diff(np.flatnonzero(np.diff(ink.any(axis=0).astype(int))))
    heights = np.diff(np.flatnonzero(np.diff(ink.any(axis=1).astype(int))))
    assert 40 in widths.round(-1) and abs(np.sort(widths)[-1] - 40) <= 1
    assert abs(np.sort(heights)[-1] - 30) <= 1


def test_pages_without_the_mark_are_untouched():
    document = builders.mixed()
    after = marked(document, pages="1,-1")
    shown = [changed_region(document, after, page) is not None for page in range(4)]
    assert shown == [True, False, False, True]


def test_layers_have_places_of_their_own():
    page = blank(**GEOMETRIES["plain"])
    layer = {"watermark_text": "B", "opacity": 1, "position": "bottom_right", "margin": 20}
    after = marked(page, position="top_left", margin=20, layers=[layer])
    ink = changes(page, after)
    assert ink[:60, :120].any() and ink[-60:, -120:].any()
    assert not ink[100:200].any()
    assert_anchored(changed_region(page, after), "bottom_right", (400, 300))
