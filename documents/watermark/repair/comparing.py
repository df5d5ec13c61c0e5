"""Whether a repaired copy still shows what a viewer makes of the broken document.

Repairs guess. One that leaves out pages, or draws them otherwise than pdfium draws the document as
it was, has guessed wrong, and another may do better.
"""

from __future__ import annotations

from ..errors import WatermarkError
from ..rendering import drawn_by_pdfium

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    import pypdfium2
    from PIL.Image import Image

PICTURE_SIDE = 160  # pixels; enough to see a picture or a paragraph go missing
MOST_PAGES_TRIED = 100
MOST_POINTS = 100_000.0
# A pixel counts as different from this many of 256 grey levels, and as ink below white by as many.
# A page looks otherwise when more differs than this share of its ink, and than a few pixels: what
# is drawn again is never drawn the same to the last level.
DIFFERENT_LEVELS = 24
DIFFERENT_SHARE = 0.25
FEW_PIXELS = 8


class Loss(Exception):
    """``is_of_pages``: whole pages are gone, not only something on them."""

    def __init__(self, reason: str, *, is_of_pages: bool = False) -> None:
        super().__init__(reason)
        self.is_of_pages = is_of_pages


def check_for_losses(source: BinaryIO, copy: BinaryIO, password: str | None) -> None:
    """Raise Loss if the copy shows less than the source, where pdfium shows that at all.

    Looks at the number of pages, and at the first, the middle and the last of them.
    """
    try:
        with drawn_by_pdfium(source, password) as before:
            _compare(before, copy, password)
    except WatermarkError:
        return  # no viewer shows it, so that any copy is a gain


def _compare(before: pypdfium2.PdfDocument, copy: BinaryIO, password: str | None) -> None:
    try:
        with drawn_by_pdfium(copy, password) as after:
            if _has_pages_beyond(before, len(after)):
                raise Loss("pages are lost", is_of_pages=True)
            for index in sorted({0, len(before) // 2, len(before) - 1}):
                _compare_page(_picture(before, index), _picture(after, index))
    except WatermarkError as error:
        raise Loss("the copy cannot be drawn", is_of_pages=True) from error


def _has_pages_beyond(document: pypdfium2.PdfDocument, count: int) -> bool:
    """Whether there are more pages than so many. pdfium believes a false count until it looks."""
    indices = range(count, min(len(document), count + MOST_PAGES_TRIED))
    return any(_picture(document, index) is not None for index in indices)


def _compare_page(before: Image | None, after: Image | None) -> None:
    if before is None:
        return
    if after is None:
        raise Loss("a page is lost", is_of_pages=True)
    if before.size != after.size:
        raise Loss("a page has another size")
    from PIL import ImageChops

    different = sum(ImageChops.difference(before, after).histogram()[DIFFERENT_LEVELS:])
    ink = sum(before.histogram()[: 256 - DIFFERENT_LEVELS])
    if different > FEW_PIXELS + DIFFERENT_SHARE * ink:
        raise Loss("a page looks otherwise")


def _picture(document: pypdfium2.PdfDocument, index: int) -> Image | None:
    """A page in grey, None where pdfium does not draw it."""
    import pypdfium2

    try:
        page = document[index]
        shortest, longest = sorted(page.get_size())
        if not 0 < shortest <= longest < MOST_POINTS:
            return None
        bitmap = page.render(scale=PICTURE_SIDE / longest, may_draw_forms=False)
        picture: Image = bitmap.to_pil().convert("L")
        return picture
    except pypdfium2.PdfiumError:
        return None
