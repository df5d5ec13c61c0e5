"""Content as a PDF document: a title, paragraphs, and a number on each page."""

from __future__ import annotations

from typing import Any, BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.platypus import Flowable, PageBreak, Spacer

from .laid_text import Rows, TextStyle
from .text import rows_of
from .text_pages import build

MARGIN = 64.0
BODY_SIZE, BODY_LEADING = 10.5, 15.5
TITLE_SIZE, TITLE_LEADING = 20.0, 26.0
NUMBER_SIZE, NUMBER_BASELINE = 8.5, 34.0
GREY = 0.4
PARAGRAPH_GAP = 7.0
TITLE_GAP = 16.0


def write_pdf(*, title: str, content: str, target: BinaryIO, max_pages: int) -> int:
    """Write a document; tells how many pages it has. Raises UnsupportedText and TooManyPages."""
    body = TextStyle(BODY_SIZE, BODY_LEADING)
    heading = TextStyle(TITLE_SIZE, TITLE_LEADING, weight="bold")
    story: list[Flowable] = [Rows(heading, paragraphs=[title]), Spacer(1, TITLE_GAP)]
    for paragraph in rows_of(content):
        if paragraph == "\f":
            story.append(PageBreak())
        elif paragraph.strip():
            story += [Rows(body, paragraphs=[paragraph]), Spacer(1, PARAGRAPH_GAP)]
        else:
            story.append(Spacer(1, PARAGRAPH_GAP))
    number = TextStyle(NUMBER_SIZE, NUMBER_SIZE, grey=GREY, leaning=0.5)

    def draw_number(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.translate(0, NUMBER_BASELINE - NUMBER_SIZE)
        canvas.draw_rows([str(canvas.getPageNumber())], number, A4[0], NUMBER_SIZE)
        canvas.restoreState()

    return build(
        story, target, max_pages=max_pages, title=title, margin=MARGIN, on_page=draw_number
    )
