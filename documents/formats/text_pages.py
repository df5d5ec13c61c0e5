"""A text file as pages: A4, letters of one width, rows as they are, broken where they must be."""

from __future__ import annotations

from typing import Any, BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate

from documents.watermark.errors import TooManyPages, WatermarkError
from documents.watermark.outcome import Notice

from .laid_text import Rows, TextCanvas, TextStyle
from .text import replaced, rows_of

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable

MARGIN = 48.0
SIZE, LEADING = 8.2, 10.6
ROWS_ON_A_PAGE = int((A4[1] - 2 * MARGIN) / LEADING)


def write_text_pages(
    text: str, target: BinaryIO, *, max_pages: int, title: str = ""
) -> tuple[Notice, ...]:
    """Write a text as a document; tells what could not be drawn.

    100 letters fit on a row, 70 rows on a page. Raises TooManyPages.
    """
    style = TextStyle(SIZE, LEADING, family="mono")
    text, notices = replaced(text, style.fonts)
    story: list[Flowable] = []
    part: list[str] = []
    rows = rows_of(text)
    # As few as they can become: nobody waits for what is to be refused.
    if max(len(rows) // ROWS_ON_A_PAGE, rows.count("\f")) > max_pages:
        raise TooManyPages
    for row in rows:
        if row == "\f":
            story += [Rows(style, paragraphs=part or [""]), PageBreak()]
            part = []
        else:
            part.append(row)
    build([*story, Rows(style, paragraphs=part or [""])], target, max_pages=max_pages, title=title)
    return notices


def build(
    story: list[Flowable],
    target: BinaryIO,
    *,
    max_pages: int,
    title: str,
    margin: float = MARGIN,
    on_page: Callable[[Any, Any], None] | None = None,
) -> int:
    """Write flowables on A4 pages, and tell on how many; the same story gives the same bytes."""

    def begin(canvas: Any, document: Any) -> None:
        if canvas.getPageNumber() > max_pages:
            raise TooManyPages
        if on_page:
            on_page(canvas, document)

    document = BaseDocTemplate(
        target, pagesize=A4, title=title, author="", creator="Countermark", invariant=1, lang="",
        pageCompression=1,
    )  # fmt: skip
    width, height = A4
    frame = Frame(
        margin, margin, width - 2 * margin, height - 2 * margin,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates([PageTemplate("page", [frame], onPage=begin)])
    try:
        document.build(story, canvasmaker=TextCanvas)
    except WatermarkError as error:  # whose message reportlab has written over
        raise type(error)() from error
    pages: int = document.page
    return pages
