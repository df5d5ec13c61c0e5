"""Content as a Word document: a title, paragraphs, and a number on each page."""

from __future__ import annotations

from typing import Any, BinaryIO

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from ..lines import is_right_to_left
from ..text import rows_of

FONT, FONT_SIZE = "Calibri", Pt(11)
A4 = (Mm(210), Mm(297))
MARGIN = Mm(23)


def write_docx(*, title: str, content: str, target: BinaryIO) -> None:
    """Write a document that Word and LibreOffice open."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = A4
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = FONT, FONT_SIZE
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.comments = ""
    _directed(document.add_heading(title, level=0), title)
    for row in rows_of(content):
        if row == "\f":
            document.add_page_break()  # type: ignore[no-untyped-call] # python-docx's
        else:
            _directed(document.add_paragraph(row), row)
    _number(section.footer.paragraphs[0])
    document.save(target)


def _directed(paragraph: Any, text: str) -> None:
    """Tell that a paragraph runs from right to left (17.3.1.6)."""
    if not is_right_to_left(text):
        return
    paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    for run in paragraph.runs:
        run.font.rtl = True


def _number(paragraph: Any) -> None:
    """The number of the page: a field (17.16.5.44)."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part: Any = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
