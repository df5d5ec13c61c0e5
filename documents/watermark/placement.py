"""Where copies of the mark stand on a page: from a spec and a geometry to matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .geometry import Matrix, PageGeometry
from .spec import WatermarkPosition, WatermarkSpec

TILE_ANGLE = 30.0
TILE_GAP_EM = 4.0
MOST_TILES = 1500

# A margin takes at most this share of the shorter side, so that a stamp-sized page keeps a middle.
MARGIN_SHARE = 0.1
# Drawings larger than A3 are looked at as a whole: beyond this shorter side the mark grows with
# the page, or it would vanish.
LARGE_SIDE = 842.0

COLUMNS = {"left": 0.0, "center": 0.5, "right": 1.0}
ROWS = {"bottom": 0.0, "center": 0.5, "top": 1.0}


@dataclass(frozen=True, slots=True)
class Placement:
    """Matrices from the mark's own space (points, origin at its middle) to user space.

    ``scale`` tells how far the mark was drawn from the size that was asked for.
    """

    matrices: tuple[Matrix, ...]
    scale: float


def place(spec: WatermarkSpec, size: tuple[float, float], geometry: PageGeometry) -> Placement:
    """Where a mark of this size (width and height in points) stands on such a page."""
    angle = math.radians(_angle(spec, geometry))
    margin = _margin(spec, geometry)
    scale = _scale(size, geometry, angle, margin)
    turned = _turned(size, angle, scale)
    if spec.position is WatermarkPosition.TILE:
        centres = _tiles(size, geometry, angle, scale, spec.font_size)
    else:
        centres = [_anchor(spec.position, turned, geometry, margin)]
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    to_user_space = geometry.to_user_space
    matrices = (Matrix(cosine, sine, -sine, cosine, x, y).then(to_user_space) for x, y in centres)
    return Placement(tuple(matrices), scale)


def _angle(spec: WatermarkSpec, geometry: PageGeometry) -> float:
    """Degrees counter-clockwise as seen."""
    if spec.rotation is not None:
        return spec.rotation
    if spec.position is WatermarkPosition.DIAGONAL:
        width, height = geometry.size
        return math.degrees(math.atan2(height, width))
    return TILE_ANGLE if spec.position is WatermarkPosition.TILE else 0.0


def _margin(spec: WatermarkSpec, geometry: PageGeometry) -> float:
    if spec.position is WatermarkPosition.TILE:
        return 0.0
    return min(spec.margin, MARGIN_SHARE * min(geometry.size))


def _scale(size: tuple[float, float], geometry: PageGeometry, angle: float, margin: float) -> float:
    """1, or more on a very large page, or less where the turned mark would not fit."""
    wanted = max(1.0, min(geometry.size) / LARGE_SIDE)
    width, height = _turned(size, angle, 1.0)
    room = [side - 2 * margin for side in geometry.size]
    return min(wanted, room[0] / width, room[1] / height)


def _turned(size: tuple[float, float], angle: float, scale: float) -> tuple[float, float]:
    """Width and height of the upright box around a turned rectangle."""
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    width, height = size
    return scale * (width * cosine + height * sine), scale * (width * sine + height * cosine)


def _anchor(
    position: WatermarkPosition, turned: tuple[float, float], geometry: PageGeometry, margin: float
) -> tuple[float, float]:
    """The middle of the mark for one of the nine anchors; a diagonal mark has the page's middle."""
    row, _, column = position.value.partition("_")
    if position in (WatermarkPosition.CENTER, WatermarkPosition.DIAGONAL):
        row = column = "center"
    shares = COLUMNS[column], ROWS[row]
    centres = []
    for share, extent, side in zip(shares, turned, geometry.size, strict=True):
        first = margin + extent / 2
        centres.append(first + share * (side - 2 * first))
    return centres[0], centres[1]


def _tiles(
    size: tuple[float, float],
    geometry: PageGeometry,
    angle: float,
    scale: float,
    font_size: float,
) -> list[tuple[float, float]]:
    """The middles of staggered copies that cover the page, the first one in its middle."""
    gap = TILE_GAP_EM * font_size * scale
    step_x, step_y = size[0] * scale + gap, size[1] * scale + gap
    width, height = geometry.size
    reach_x, reach_y = _turned((width, height), angle, 1.0)
    too_many = reach_x * reach_y / (step_x * step_y) / MOST_TILES
    if too_many > 1:
        step_x, step_y = step_x * math.sqrt(too_many), step_y * math.sqrt(too_many)
    half = (size[0] * scale / 2, size[1] * scale / 2)
    away_x, away_y = _turned((2 * half[0], 2 * half[1]), angle, 0.5)
    cosine, sine = math.cos(angle), math.sin(angle)
    rows, columns = math.ceil(reach_y / 2 / step_y) + 1, math.ceil(reach_x / 2 / step_x) + 1
    centres = []
    for row in range(-rows, rows + 1):
        for column in range(-columns, columns + 1):
            along, across = (column + (row % 2) / 2) * step_x, row * step_y
            x = width / 2 + along * cosine - across * sine
            y = height / 2 + along * sine + across * cosine
            if -away_x < x < width + away_x and -away_y < y < height + away_y:
                centres.append((x, y))
    return centres
