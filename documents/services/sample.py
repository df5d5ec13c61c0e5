"""The document to try things on: a short contract of nobody, drawn by ourselves."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

TITLE = "Sample: service agreement"
FILE_NAME = "service-agreement.pdf"
PARTIES = "between Harbour Street Studio and Acme Analytical Engines"
CLAUSES = (
    (
        "Services",
        "The Studio designs and delivers the drawings that the schedule lists, in the formats and"
        " on the days that stand beside them. What is not listed needs an order of its own.",
    ),
    (
        "Fee",
        "Acme pays the fee of the schedule within thirty days of each delivery. Travel and prints"
        " are charged as they cost, and only where both sides have agreed to them before.",
    ),
    (
        "Confidence",
        "Each side keeps to itself what it learns from the other, also after the end. Copies of"
        " this agreement bear the name of whom they are for.",
    ),
    (
        "Rights",
        "With the last payment all rights to use the drawings pass to Acme. The Studio may show"
        " them among its works once they have been published.",
    ),
    (
        "End",
        "Either side may end this agreement with notice of three months, or at once if the other"
        " has broken it and has not mended that within two weeks of being asked to.",
    ),
)
PAGES = 3
MARGIN, LEADING = 72, 17
INK, PALE = (0.13, 0.14, 0.18), (0.45, 0.46, 0.52)


@cache
def sample_pdf() -> bytes:
    """Return a contract of three A4 pages: always the same bytes."""
    # Imported here: it takes as long as everything else that a second start does.
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(TITLE)
    for number in range(1, PAGES + 1):
        _draw_page(canvas, number, width=A4[0], top=A4[1] - MARGIN - 12)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw_page(canvas: Canvas, number: int, *, width: float, top: float) -> None:
    canvas.setFillColorRGB(*INK)
    canvas.setFont("Helvetica-Bold", 22)
    title = "Service agreement" if number == 1 else f"Schedule {number - 1}"
    canvas.drawString(MARGIN, top, title)
    canvas.setFillColorRGB(*PALE)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(MARGIN, top - 22, PARTIES)
    canvas.setStrokeColorRGB(0.85, 0.85, 0.88)
    canvas.line(MARGIN, top - 42, width - MARGIN, top - 42)
    _draw_clauses(canvas, number, top=top - 76, width=width - 2 * MARGIN)
    _draw_signatures(canvas, width=width - 2 * MARGIN)
    canvas.setFillColorRGB(*PALE)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(MARGIN, MARGIN / 2, f"Page {number} of {PAGES}")


def _draw_clauses(canvas: Canvas, page: int, *, top: float, width: float) -> None:
    from reportlab.lib.utils import simpleSplit

    for index, (heading, sentence) in enumerate(CLAUSES, 1):
        canvas.setFillColorRGB(*INK)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(MARGIN, top, f"{page}.{index}  {heading}")
        canvas.setFont("Helvetica", 11)
        for line in simpleSplit(sentence, "Helvetica", 11, width):
            top -= LEADING
            canvas.drawString(MARGIN, top, line)
        top -= 2 * LEADING


def _draw_signatures(canvas: Canvas, *, width: float) -> None:
    canvas.setFillColorRGB(*PALE)
    canvas.setFont("Helvetica", 9)
    for left, whose in ((MARGIN, "For the Studio"), (MARGIN + width / 2 + 12, "For Acme")):
        canvas.line(left, 2.2 * MARGIN, left + width / 2 - 12, 2.2 * MARGIN)
        canvas.drawString(left, 2.2 * MARGIN - 14, whose)
