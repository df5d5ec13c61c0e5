"""What follows for a job from the kind of its document."""

from __future__ import annotations

from documents.formats.kinds import DocumentFormat
from documents.formats.word.options import problems_in_word
from documents.models import Document
from documents.services.specs import InvalidSpec
from documents.watermark.spec import WatermarkSpec


def check_kind(document: Document, spec: WatermarkSpec) -> None:
    """Raise InvalidSpec for settings that a document of its kind cannot have."""
    if output_format(document) is not DocumentFormat.DOCX:
        return
    problems = problems_in_word(spec)
    if problems:
        sentences = " ".join(f"{problem.msg}." for problem in problems)
        told = [{**each.as_dict(), "loc": ["body", *each.loc]} for each in problems]
        raise InvalidSpec(sentences, problems=told)


def output_format(document: Document) -> DocumentFormat:
    """Return what a marked copy will be: of a Word document one, else a PDF."""
    return DocumentFormat.DOCX if document.kind is DocumentFormat.DOCX else DocumentFormat.PDF
