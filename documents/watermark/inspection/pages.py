"""What pages look like, told of all or of a sample (ISO 32000-2, 7.7.3.3)."""

from __future__ import annotations

import math
from collections import Counter

from ..outcome import PageSize
from ..placement.geometry import Box, PageGeometry, ordered_box, page_geometry
from .scans import is_scan

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    import pikepdf

MOST_PAGES = 1000  # looked at for their size
MOST_SIZES = 20
MOST_SCANS = 24  # looked into for what they draw


class PagesSeen:
    """The pages looked at, ``pages``, and what they say."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        count = len(pdf.pages)
        self.pages = [pdf.pages[index].obj for index in sample(count, MOST_PAGES)]
        self.geometries = [geometry_of(page) for page in self.pages]
        self._pdf = pdf

    def sizes(self) -> tuple[PageSize, ...]:
        """The sizes that most pages are seen in, to a tenth of a point."""
        sizes = Counter(
            (round(geometry.size[0], 1), round(geometry.size[1], 1)) for geometry in self.geometries
        )
        return tuple(PageSize(*size, count) for size, count in sizes.most_common(MOST_SIZES))

    def turned(self) -> int:
        """How many are displayed turned."""
        return sum(geometry.rotate != 0 for geometry in self.geometries)

    def scanned_share(self) -> float:
        """The share of scans among a few of them, 0 to 1."""
        chosen = sample(len(self.pages), MOST_SCANS)
        scans = sum(is_scan(self._pdf, self.pages[at], self.geometries[at]) for at in chosen)
        return round(scans / len(chosen), 3) if chosen else 0.0


def sample(count: int, most: int) -> list[int]:
    """At most so many indexes below ``count``, evenly spread, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [index * (count - 1) // (most - 1) for index in range(most)]


def geometry_of(page: pikepdf.Object) -> PageGeometry:
    """The geometry of a page that has its inherited entries itself."""
    return page_geometry(
        _box(page.get("/MediaBox")),
        _box(page.get("/CropBox")),
        _number(page.get("/Rotate"), 0.0),
        _number(page.get("/UserUnit"), 1.0),
    )


def _box(value: object) -> Box | None:
    import pikepdf

    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    return ordered_box([_number(item, math.nan) for item in value.as_list()])


def _number(value: object, default: float) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # anything that is no number raises below
    except (TypeError, ValueError, ArithmeticError):
        return default
