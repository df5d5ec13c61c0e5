"""Where a mark stands on a page: from its spec and the page's geometry to matrices.

All is reckoned in seen space, and only the finished matrices lead to user space.
"""

from __future__ import annotations

import math

from ..record import Record
from ..spec.choices import MarkType, WatermarkPosition
from ..spec.lengths import in_points
from .geometry import Matrix, turned_extent

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..spec import MarkSpec
    from .geometry import PageGeometry

    Size = tuple[float, float]

TILE_ANGLE = 30.0

# A margin takes at most this share of the shorter side, so that a stamp-sized page keeps a middle.
MARGIN_SHARE = 0.25
# Drawings larger than A3 are looked at as a whole: beyond this shorter side the mark grows with
# the page, or it would vanish.
LARGE_SIDE = 842.0
# Nothing is smaller than this, in points: a form without width would have no scale that fits.
LEAST_SIDE = 1e-3

COLUMNS = {"left": 0.0, "center": 0.5, "right": 1.0}
ROWS = {"bottom": 0.0, "center": 0.5, "top": 1.0}


class Placement(Record):
    """Matrices from the mark's own space (points, origin at its middle) to user space.

    ``scale`` tells how far the mark was drawn from the size that was asked for: 1 is as asked,
    less where it would not have fitted, more where it would have vanished on a very large page.
    """

    __slots__ = ("matrices", "scale")

    matrices: tuple[Matrix, ...]
    scale: float

    def __init__(self, matrices: tuple[Matrix, ...], scale: float) -> None:
        self._set(matrices=matrices, scale=scale)


def place(mark: MarkSpec, size: Size, geometry: PageGeometry) -> Placement:
    """Where a mark of this size (width and height in points) stands on such a page."""
    size = max(size[0], LEAST_SIDE), max(size[1], LEAST_SIDE)
    page = geometry.size
    angle = math.radians(_angle(mark, page))
    margin = _margin(mark, page)
    asked = _asked_scale(mark, size, page)
    scale = min(asked * _growth(mark, page), _largest_scale(size, page, angle, margin))
    drawn = size[0] * scale, size[1] * scale
    offset = in_points(mark.offset_x, page[0]), in_points(mark.offset_y, page[1])
    if mark.position is WatermarkPosition.TILE:
        from .tiles import tiles

        centres = tiles(mark, drawn, page, angle, scale / asked, offset)
    else:
        extent = turned_extent(drawn, angle)
        centres = [_moved(_anchor(mark.position, extent, page, margin), offset, extent, page)]
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    to_user_space = geometry.to_user_space
    matrices = (Matrix(cosine, sine, -sine, cosine, x, y).then(to_user_space) for x, y in centres)
    return Placement(tuple(matrices), scale / asked)


def _angle(mark: MarkSpec, page: Size) -> float:
    """Degrees counter-clockwise as seen."""
    if mark.rotation is not None:
        return mark.rotation
    if mark.position is WatermarkPosition.DIAGONAL:
        return math.degrees(math.atan2(page[1], page[0]))
    return TILE_ANGLE if mark.position is WatermarkPosition.TILE else 0.0


def _margin(mark: MarkSpec, page: Size) -> float:
    if mark.position is WatermarkPosition.TILE:
        return 0.0
    shorter = min(page)
    return min(in_points(mark.margin, shorter), MARGIN_SHARE * shorter)


def _asked_scale(mark: MarkSpec, size: Size, page: Size) -> float:
    """The scale that the spec wants: a factor for text, a share of the page's width for others."""
    if mark.scale is None:
        return 1.0
    return mark.scale if mark.type is MarkType.TEXT else mark.scale * page[0] / size[0]


def _growth(mark: MarkSpec, page: Size) -> float:
    """How far a very large page enlarges what is not measured by the page already."""
    if mark.type is not MarkType.TEXT and mark.scale is not None:
        return 1.0
    return max(1.0, min(page) / LARGE_SIDE)


def _largest_scale(size: Size, page: Size, angle: float, margin: float) -> float:
    """The scale at which the turned mark fills the room within the margins."""
    width, height = turned_extent(size, angle)
    return min((page[0] - 2 * margin) / width, (page[1] - 2 * margin) / height)


def _anchor(
    position: WatermarkPosition, extent: Size, page: Size, margin: float
) -> tuple[float, float]:
    """The middle of the mark for one of the nine anchors; a diagonal mark has the page's middle."""
    row, _, column = position.value.partition("_")
    if position in (WatermarkPosition.CENTER, WatermarkPosition.DIAGONAL):
        row = column = "center"
    shares = COLUMNS[column], ROWS[row]
    x, y = (
        margin + length / 2 + share * (side - 2 * margin - length)
        for share, length, side in zip(shares, extent, page, strict=True)
    )
    return x, y


def _moved(
    centre: tuple[float, float], offset: tuple[float, float], extent: Size, page: Size
) -> tuple[float, float]:
    """The middle moved by the offset, but no further than to the edges of the page."""
    x, y = (
        min(max(middle + shift, length / 2), side - length / 2)
        for middle, shift, length, side in zip(centre, offset, extent, page, strict=True)
    )
    return x, y
