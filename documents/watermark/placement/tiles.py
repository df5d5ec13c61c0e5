"""Where the copies of a mark stand that is repeated all over the page."""

from __future__ import annotations

import math

from ..spec.choices import MarkType
from ..spec.lengths import in_points
from .geometry import turned_extent

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..spec import MarkSpec
    from ..spec.lengths import Length

    Size = tuple[float, float]

# Free space between copies when the spec leaves it open: in font sizes, or for pictures as a share
# of their shorter side.
TILE_GAP_EM = 4.0
TILE_GAP_SHARE = 0.5
# And at most this share of the page's shorter side, so that a narrow page keeps copies.
MOST_GAP_SHARE = 0.5
# A row or column turned less than this (as a sine) runs along the page's side.
LEVEL = 1e-9
# Beyond this number of copies the gaps grow: a page of dots would be slow to show.
MOST_TILES = 1500


def tiles(
    mark: MarkSpec,
    drawn: Size,
    page: Size,
    angle: float,
    fitting: float,
    offset: tuple[float, float],
) -> list[tuple[float, float]]:
    """The middles of copies that cover the page as seen; one is at its middle plus the offset.

    ``drawn`` is the size of one copy in points, ``angle`` (radians) the turn of copies and rows.
    ``fitting`` is how far that size is from the one asked for: gaps in points follow it.
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    step_x, step_y = _steps(mark, drawn, page, fitting)
    away_x, away_y = (length / 2 for length in turned_extent(drawn, angle))
    while (page[0] + 2 * away_x) * (page[1] + 2 * away_y) > MOST_TILES * step_x * step_y:
        step_x, step_y = 1.05 * step_x, 1.05 * step_y
    # The pattern repeats after a column and after two rows: no offset leads further away.
    start_x = math.remainder(offset[0] * cosine + offset[1] * sine, step_x)
    start_y = math.remainder(offset[1] * cosine - offset[0] * sine, 2 * step_y)
    rows = math.ceil(turned_extent(page, angle)[1] / 2 / step_y + away_y / step_y) + 2
    centres = []
    for row in range(-rows, rows + 1):
        across = start_y + row * step_y
        start = start_x + (row % 2) / 2 * step_x * mark.tile.stagger
        x, y = page[0] / 2 - across * sine, page[1] / 2 + across * cosine
        bounds = (
            _within(x, cosine, -away_x, page[0] + away_x),
            _within(y, sine, -away_y, page[1] + away_y),
        )
        least, most = max(each[0] for each in bounds), min(each[1] for each in bounds)
        first, last = math.ceil((least - start) / step_x), math.floor((most - start) / step_x)
        for column in range(first, last + 1):
            along = start + column * step_x
            centres.append((x + along * cosine, y + along * sine))
    return centres or [(page[0] / 2, page[1] / 2)]  # gaps wider than the page have hidden all


def _within(start: float, slope: float, least: float, most: float) -> tuple[float, float]:
    """The lengths ``t`` for which ``start + t * slope`` lies between two bounds."""
    if abs(slope) < LEVEL:
        return (-math.inf, math.inf) if least < start < most else (0.0, -1.0)
    ends = (least - start) / slope, (most - start) / slope
    return min(ends), max(ends)


def _steps(mark: MarkSpec, drawn: Size, page: Size, fitting: float) -> tuple[float, float]:
    """From one copy to the next in a row, and from row to row."""
    if mark.type is MarkType.TEXT:
        usual = TILE_GAP_EM * mark.font_size * (mark.scale or 1.0) * fitting
    else:
        usual = TILE_GAP_SHARE * min(drawn)
    usual = min(usual, MOST_GAP_SHARE * min(page))
    return (
        drawn[0] + _gap(mark.tile.gap_x, page[0], usual, fitting),
        drawn[1] + _gap(mark.tile.gap_y, page[1], usual, fitting),
    )


def _gap(gap: Length | None, side: float, usual: float, fitting: float) -> float:
    if gap is None:
        return usual
    points = in_points(gap, side)
    return points if isinstance(gap, str) and gap.endswith("%") else points * fitting
