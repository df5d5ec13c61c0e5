"""What of a mark's instructions a Word document can follow, and what it cannot."""

from __future__ import annotations

from documents.watermark.errors import Problem
from documents.watermark.spec import MarkType, WatermarkSpec, WatermarkStrength
from documents.watermark.spec.choices import ActiveContent, FontFamily
from documents.watermark.spec.page_selection import PageSelection
from documents.watermark.spec.variables import PAGE_VARIABLES, variables_in

INSTEAD = ", unless it becomes a PDF (output.format)"


def problems_in_word(spec: WatermarkSpec) -> list[Problem]:
    """Why a Word document cannot be marked like this; empty where it can."""
    problems = []
    if spec.strength is not WatermarkStrength.STANDARD:
        problems.append(_problem(("strength",), "A Word document has the standard strength alone"))
    if spec.active_content is not ActiveContent.KEEP:
        problems.append(_problem(("active_content",), "A Word document keeps its active content"))
    for index, mark in enumerate(spec.marks):
        layer = ("layers", str(index - 1)) if index else ()
        if mark.type is not MarkType.TEXT:
            problems.append(_problem((*layer, "type"), "A Word document takes marks of text alone"))
        if mark.type is MarkType.TEXT and not isinstance(mark.font_family, FontFamily):
            message = "A Word document takes sans, serif or mono, no font of yours"
            problems.append(_problem((*layer, "font_family"), message))
        if mark.pages != PageSelection("all"):
            message = "A Word document has the mark on all its pages"
            problems.append(_problem((*layer, "pages"), message))
        if any(name in PAGE_VARIABLES for name in variables_in(mark.watermark_text)):
            message = "A Word document has no numbers of pages for a mark to tell"
            problems.append(_problem((*layer, "watermark_text"), message))
    return problems


def _problem(location: tuple[str, ...], message: str) -> Problem:
    return Problem(location, message + INSTEAD, "unsupported_in_docx")
