"""Invoices and credit notes as PDF files, in the engine's fonts, on A4 pages.

Lines are laid out by hand: a document has a head, a table that may go over pages, and sums.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from reportlab.lib.pagesizes import A4

from billing.models import Invoice
from billing.sheets import Row, Sheet, sheet_of
from documents.formats.laid_text import TextCanvas, TextStyle
from documents.formats.text import replaced

WIDTH, HEIGHT = A4
MARGIN = 56.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = float(HEIGHT - 60), 76.0
HALF = INNER / 2 - 12
# Where a column begins and how wide it is; all but the first are set to the right.
TEXT, QUANTITY, PRICE, AMOUNT = (0.0, 236.0), (236.0, 64.0), (300.0, 98.0), (398.0, INNER - 398.0)
COLUMNS = (QUANTITY, PRICE, AMOUNT)
HEADS = ("Quantity", "Price", "Amount")
FACT_LABEL = 58.0
SUM_LABEL_AT = 250.0
GREY = 0.42
ACCENT = (0x3B / 255, 0x4C / 255, 0xCA / 255)
RULE = 0.86
MOST_PARTY_ROWS = 16


class Styles:
    """The styles of one drawing; each remembers what it has measured."""

    def __init__(self) -> None:
        self.title = TextStyle(22, 26, weight="bold")
        self.strong = TextStyle(9.5, 13.5, weight="bold")
        self.body = TextStyle(9.5, 13.5)
        self.small = TextStyle(8, 11, grey=GREY)
        self.small_right = TextStyle(8, 11, grey=GREY, leaning=1.0)
        self.right = TextStyle(9.5, 13.5, leaning=1.0)
        self.total = TextStyle(12, 16, weight="bold")
        self.total_right = TextStyle(12, 16, weight="bold", leaning=1.0)


def draw_invoice(invoice: Invoice) -> bytes:
    """Return a document as a PDF file; the same one gives the same bytes."""
    sheet, styles = sheet_of(invoice), Styles()
    pages = Drawing(sheet, styles).draw()[1]
    return Drawing(sheet, styles, pages).draw()[0]


class Drawing:
    """A sheet on its way to paper: ``y`` is how far down the page it has come."""

    def __init__(self, sheet: Sheet, styles: Styles, pages: int = 1) -> None:
        self._sheet, self._styles, self._pages = sheet, styles, pages
        self._target = io.BytesIO()
        self._canvas: Any = TextCanvas(
            self._target, pagesize=A4, invariant=1, pageCompression=1, lang="en"
        )
        self._y: float = TOP

    def draw(self) -> tuple[bytes, int]:
        """Return the file and how many pages it has."""
        canvas, sheet = self._canvas, self._sheet
        canvas.setTitle(f"{sheet.title} {sheet.number}")
        canvas.setAuthor(sheet.seller[0] if sheet.seller else "")
        canvas.setCreator("Countermark")
        self._begin_page()
        self._head()
        self._table_head()
        for row in sheet.rows:
            self._row(row)
        self._sums()
        self._note()
        canvas.showPage()
        pages = canvas.getPageNumber() - 1
        canvas.save()
        return self._target.getvalue(), pages

    def _begin_page(self) -> None:
        canvas, styles = self._canvas, self._styles
        canvas.setFillColorRGB(*ACCENT)
        canvas.rect(0, HEIGHT - 6, WIDTH, 6, stroke=0, fill=1)
        page = f"{self._sheet.number} · Page {canvas.getPageNumber()} of {self._pages}"
        self._put([self._sheet.foot], styles.small, MARGIN, 44, INNER * 0.6)
        self._put([page], styles.small_right, MARGIN + INNER * 0.6, 44, INNER * 0.4)
        self._y = TOP

    def _head(self) -> None:
        sheet, styles = self._sheet, self._styles
        self._put([sheet.title], styles.title, MARGIN, self._y, INNER)
        self._y -= 52
        right = MARGIN + INNER - HALF
        left_end = self._party("From", sheet.seller, MARGIN)
        right_end = self._party("To", sheet.buyer, right)
        self._y = min(left_end, right_end) - 22
        for label, value in sheet.facts:
            room = INNER - FACT_LABEL
            rows = self._broken(value, styles.body, room)
            self._put([label], styles.small, MARGIN, self._y - 1, FACT_LABEL)
            self._put(rows, styles.body, MARGIN + FACT_LABEL, self._y, room)
            self._y -= len(rows) * styles.body.leading + 1
        self._y -= 22

    def _party(self, label: str, party: Sequence[str], x: float) -> float:
        """Draw who somebody is, and return where that ends."""
        styles, y = self._styles, self._y
        self._put([label], styles.small, x, y, HALF)
        y -= 15
        name, *rest = party or [""]
        names = self._broken(name, styles.strong, HALF)
        self._put(names, styles.strong, x, y, HALF)
        y -= len(names) * styles.strong.leading
        rows = [row for line in rest for row in self._broken(line, styles.body, HALF)]
        rows = rows[:MOST_PARTY_ROWS]
        self._put(rows, styles.body, x, y, HALF)
        return y - len(rows) * styles.body.leading

    def _table_head(self) -> None:
        styles = self._styles
        self._put(["Description"], styles.small, MARGIN, self._y, TEXT[1])
        for head, (x, width) in zip(HEADS, COLUMNS, strict=True):
            self._put([head], styles.small_right, MARGIN + x, self._y, width)
        self._y -= 16
        self._rule(0.55)
        self._y -= 7

    def _row(self, row: Row) -> None:
        styles = self._styles
        text = self._broken(row.text, styles.body, TEXT[1])
        height = len(text) * styles.body.leading + (styles.small.leading if row.period else 0)
        self._need(height + 8)
        self._put(text, styles.body, MARGIN, self._y, TEXT[1])
        below = self._y - len(text) * styles.body.leading
        if row.period:
            self._put([row.period], styles.small, MARGIN, below, TEXT[1])
        values = (row.quantity, row.unit_price, row.amount)
        for value, (x, width) in zip(values, COLUMNS, strict=True):
            self._put([value], styles.right, MARGIN + x, self._y, width)
        self._y -= height + 6
        self._rule(RULE)
        self._y -= 7

    def _sums(self) -> None:
        styles = self._styles
        self._need(70, with_head=False)
        self._y -= 8
        room = INNER - SUM_LABEL_AT
        for number, (label, value) in enumerate(self._sheet.sums, 1):
            is_total = number == len(self._sheet.sums)
            left, right = (
                (styles.total, styles.total_right) if is_total else (styles.body, styles.right)
            )
            if is_total:
                self._y -= 2
                self._rule(0.55, MARGIN + SUM_LABEL_AT)
                self._y -= 7
            self._put([label], left, MARGIN + SUM_LABEL_AT, self._y, room / 2)
            self._put([value], right, MARGIN + SUM_LABEL_AT, self._y, room)
            self._y -= left.leading
        self._y -= 30

    def _note(self) -> None:
        style = self._styles.body
        for line in self._sheet.note:
            for row in self._broken(line, style, INNER) or [""]:
                self._need(style.leading, with_head=False)
                self._put([row], style, MARGIN, self._y, INNER)
                self._y -= style.leading

    def _need(self, height: float, *, with_head: bool = True) -> None:
        """Go to the next page where no room is left on this one."""
        if self._y - height >= BOTTOM:
            return
        self._canvas.showPage()
        self._begin_page()
        if with_head:
            self._table_head()

    def _rule(self, grey: float, x: float = MARGIN) -> None:
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(0.6)
        self._canvas.line(x, self._y, MARGIN + INNER, self._y)

    def _put(self, rows: Sequence[str], style: TextStyle, x: float, y: float, width: float) -> None:
        """Draw rows from ``y`` down."""
        rows = [replaced(row, style.fonts)[0] for row in rows]
        if not any(row.strip() for row in rows):
            return
        height = len(rows) * style.leading
        self._canvas.saveState()
        self._canvas.translate(x, y - height)
        self._canvas.draw_rows(rows, style, width, height)
        self._canvas.restoreState()

    def _broken(self, text: str, style: TextStyle, width: float) -> list[str]:
        clean = replaced(" ".join(text.split()), style.fonts)[0]
        return list(style.breaker(width).broken(clean))
