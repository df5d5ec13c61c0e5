"""From a document to one whose pages are pictures of its pages."""

from __future__ import annotations

import os
from contextlib import closing

from ..append.geometries import Geometries
from ..errors import Damaged, TooLarge, TooManyPages
from ..files import readable
from ..marks.samples import compact
from ..outcome import Notice, Result
from ..reading.page_tree import PageTree
from ..reading.pdf_file import PdfFile
from ..rendering import POINTS_PER_INCH, bounded_scale, drawn_by_pdfium, page_picture
from ..syntax.lexer import dictionary_at
from ..syntax.unreadable import Unreadable
from .picture_document import PictureDocument

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    import pypdfium2

    from ..outcome import File, Limits

METHOD = "raster"
DOTS_PER_INCH = 150
LARGEST_OFFSET = 9_999_999_999  # what a cross-reference table can say (7.5.4)

RESOLUTION_LOWERED = Notice(
    "resolution_lowered", "Very large pages were drawn with fewer dots per inch than the others."
)
PROTECTION_REMOVED = Notice(
    "protection_removed", "The copy opens without the password that protects the document."
)


def rasterise(
    source: File,
    target: BinaryIO,
    *,
    limits: Limits,
    on_page: Callable[[int, int], None] | None = None,
    password: str | None = None,
    dpi: int = DOTS_PER_INCH,
) -> Result:
    """Write a document of pictures to an empty file, one page in memory at a time.

    Pages keep their sizes and are as they were seen: turned, cropped, with what stands in forms
    and annotations. Of what is not seen, the title alone is kept: no text to search or to read
    aloud, no links, outlines or attachments, and no password. ``dpi`` is lowered where a page
    would have too many pixels. Raises NotAPdf, Encrypted, Damaged, TooLarge, TooManyPages.
    """
    with readable(source) as stream:
        if os.fstat(stream.fileno()).st_size > limits.max_source_bytes:
            raise TooLarge
        units, is_protected = _units_and_protection(stream, password)
        notices = dict.fromkeys([PROTECTION_REMOVED] if is_protected else [])
        made = PictureDocument(target)
        most = min(limits.max_target_bytes, LARGEST_OFFSET)
        with drawn_by_pdfium(stream, password) as document:
            pages = _page_count(document, limits)
            for index in range(pages):
                with closing(document[index]) as page:
                    if not _add(made, page, units.get(index, 1.0), dpi):
                        notices[RESOLUTION_LOWERED] = None
                if made.size > most:
                    raise TooLarge("The marked document would be larger than allowed.")
                if on_page:
                    on_page(index + 1, pages)
            made.finish(document.get_metadata_value("Title"))
    return Result(pages, METHOD, made.size, tuple(notices))


def _page_count(document: pypdfium2.PdfDocument, limits: Limits) -> int:
    pages = len(document)
    if pages == 0:
        raise Damaged("This document has no pages.")
    if pages > limits.max_pages:
        raise TooManyPages
    return pages


def _add(made: PictureDocument, page: pypdfium2.PdfPage, unit: float, dpi: int) -> bool:
    """Draw a page; False where that took fewer dots per inch than were asked for."""
    size = page.get_size()
    wanted = unit * dpi / POINTS_PER_INCH
    scale = bounded_scale(size, wanted)
    made.add_page(compact(page_picture(page, scale)), size, unit)
    return scale == wanted


def _units_and_protection(stream: BinaryIO, password: str | None) -> tuple[dict[int, float], bool]:
    """The units of the pages (from 0) that have their own, which pdfium does not tell.

    Also whether the document is encrypted. A file that only pdfium can read counts as having
    neither.
    """
    units: dict[int, float] = {}
    try:
        with PdfFile(stream, password) as file:
            geometries = Geometries(file)
            for index, page in enumerate(PageTree(file)):
                if b"/UserUnit" in page.text:
                    entries = dictionary_at(page.text)
                    units[index] = geometries.of(entries, page.inherited)[0].user_unit
            return units, file.security is not None
    except Unreadable:
        return units, False
