"""Pages as a viewer shows them: the tests look at pixels, never at operators."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pypdfium2 as pdfium

PIXELS_PER_POINT = 1.0


class Region(NamedTuple):
    """A rectangle on a page as seen: points from its left and its top edge."""

    left: float
    top: float
    right: float
    bottom: float


def rendered(data: bytes, page: int = 0, scale: float = PIXELS_PER_POINT) -> np.ndarray:
    """A page as rows of RGB pixels."""
    with pdfium.PdfDocument(data) as document:
        bitmap = document[page].render(scale=scale)
        return np.asarray(bitmap.to_numpy())[..., :3][..., ::-1].astype(np.int16)


def changes(
    before: bytes, after: bytes, page: int = 0, scale: float = PIXELS_PER_POINT
) -> np.ndarray:
    """Which pixels of a page differ."""
    return np.abs(rendered(before, page, scale) - rendered(after, page, scale)).max(axis=2) > 4


def changed_region(
    before: bytes, after: bytes, page: int = 0, scale: float = PIXELS_PER_POINT
) -> Region | None:
    """The region around all pixels that differ, None where none does."""
    rows, columns = np.nonzero(changes(before, after, page, scale))
    if not len(rows):
        return None
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    return Region(*(float(edge) / scale for edge in edges))


def page_size(data: bytes, page: int = 0) -> tuple[float, float]:
    """Width and height of a page as seen, in points."""
    with pdfium.PdfDocument(data) as document:
        return document[page].get_size()


def page_count(data: bytes) -> int:
    """The number of pages."""
    with pdfium.PdfDocument(data) as document:
        return len(document)


def text_of(data: bytes, page: int = 0) -> str:
    """The text that a reader finds on a page."""
    with pdfium.PdfDocument(data) as document:
        return document[page].get_textpage().get_text_range()
