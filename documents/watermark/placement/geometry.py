"""The page as a reader sees it, and the way from there to the page's own coordinates.

*Seen space* has its origin at the lower left corner of the visible box as displayed, x to the
right, y up, in points. *User space* is what content streams draw in (ISO 32000-2, 8.3.2.3).
"""

from __future__ import annotations

import math

from ..record import Record

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LETTER = (0.0, 0.0, 612.0, 792.0)
LARGEST_COORDINATE = 1e7


class Matrix(Record):
    """The six numbers of a ``cm`` operator: x' = ax + cy + e, y' = bx + dy + f (8.3.4)."""

    __slots__ = ("a", "b", "c", "d", "e", "f")

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def __init__(self, a: float, b: float, c: float, d: float, e: float, f: float) -> None:
        self._set(a=a, b=b, c=c, d=d, e=e, f=f)

    def __iter__(self) -> Iterator[float]:
        return iter((self.a, self.b, self.c, self.d, self.e, self.f))

    def then(self, other: Matrix) -> Matrix:
        """First this one, then the other."""
        return Matrix(
            self.a * other.a + self.b * other.c,
            self.a * other.b + self.b * other.d,
            self.c * other.a + self.d * other.c,
            self.c * other.b + self.d * other.d,
            self.e * other.a + self.f * other.c + other.e,
            self.e * other.b + self.f * other.d + other.f,
        )

    def applied(self, x: float, y: float) -> tuple[float, float]:
        """Where a point comes to lie."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


class Box(Record):
    """A rectangle with its corners in order."""

    __slots__ = ("bottom", "left", "right", "top")

    left: float
    bottom: float
    right: float
    top: float

    def __init__(self, left: float, bottom: float, right: float, top: float) -> None:
        self._set(left=left, bottom=bottom, right=right, top=top)

    def __iter__(self) -> Iterator[float]:
        return iter((self.left, self.bottom, self.right, self.top))

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def is_empty(self) -> bool:
        return not (self.width > 0 and self.height > 0)

    def intersection(self, other: Box) -> Box:
        """What both cover; empty where they do not meet."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )


class PageGeometry(Record):
    """What decides where a mark stands on a page.

    ``box`` is the visible box in user space, ``rotate`` the clockwise turn when displayed (0, 90,
    180 or 270), ``user_unit`` the points per unit of user space.
    """

    __slots__ = ("box", "rotate", "user_unit")

    box: Box
    rotate: int
    user_unit: float

    def __init__(self, box: Box, rotate: int = 0, user_unit: float = 1.0) -> None:
        self._set(box=box, rotate=rotate, user_unit=user_unit)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as seen, in points."""
        across, up = self.box.width * self.user_unit, self.box.height * self.user_unit
        return (up, across) if self.rotate in (90, 270) else (across, up)

    @property
    def to_user_space(self) -> Matrix:
        """From seen space to user space."""
        box, unit = self.box, 1 / self.user_unit
        if self.rotate == 90:
            return Matrix(0, unit, -unit, 0, box.right, box.bottom)
        if self.rotate == 180:
            return Matrix(-unit, 0, 0, -unit, box.right, box.top)
        if self.rotate == 270:
            return Matrix(0, -unit, unit, 0, box.left, box.top)
        return Matrix(unit, 0, 0, unit, box.left, box.bottom)


def page_geometry(
    media_box: Box | None, crop_box: Box | None, rotate: float, user_unit: float
) -> PageGeometry:
    """The geometry that viewers make of a page's entries, bad ones included.

    The visible box is the crop box within the media box (14.11.2); a media box that is missing or
    empty counts as US Letter and an impossible crop box as none, as in pdfium.
    """
    visible = media_box if media_box and not media_box.is_empty else Box(*LETTER)
    if crop_box and not crop_box.is_empty:
        cropped = visible.intersection(crop_box)
        visible = visible if cropped.is_empty else cropped
    quarter_turns = int(rotate / 90) % 4 if math.isfinite(rotate) else 0
    usable_unit = math.isfinite(user_unit) and 0 < user_unit <= LARGEST_COORDINATE
    return PageGeometry(visible, 90 * quarter_turns, user_unit if usable_unit else 1.0)


def ordered_box(numbers: Sequence[float]) -> Box | None:
    """A box of any two opposite corners (7.9.5), None when these are not four usable numbers."""
    if len(numbers) != 4 or not all(abs(number) <= LARGEST_COORDINATE for number in numbers):
        return None
    x1, y1, x2, y2 = numbers
    return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def turned_extent(size: tuple[float, float], angle: float) -> tuple[float, float]:
    """Width and height of the upright box around a rectangle turned by ``angle`` (radians)."""
    cosine, sine = abs(math.cos(angle)), abs(math.sin(angle))
    width, height = size
    return width * cosine + height * sine, width * sine + height * cosine
