"""What follows for a job from the kind of its document."""

from __future__ import annotations

from django.conf import settings

from config.errors import Invalid
from documents.formats.kinds import DocumentFormat
from documents.formats.outputs import copy_format, is_converted
from documents.formats.word.options import problems_in_word
from documents.models import Document
from documents.sandbox import office
from documents.services.specs import InvalidSpec
from documents.watermark.spec import WatermarkSpec


class ConversionUnavailable(Invalid):
    """This installation has no LibreOffice that could lay a Word document out."""

    code = office.ConversionUnavailable.code
    message = f"{office.ConversionUnavailable.sentence} Leave output.format out."


def check_kind(document: Document, spec: WatermarkSpec) -> None:
    """Raise InvalidSpec for settings that a document of its kind cannot have.

    And ConversionUnavailable for what cannot be converted here.
    """
    asked = spec.as_dict()
    if is_converted(document.kind, asked) and not office.office_program(settings.OFFICE_PROGRAM):
        raise ConversionUnavailable
    if copy_format(document.kind, asked) is not DocumentFormat.DOCX:
        return
    problems = problems_in_word(spec)
    if problems:
        sentences = " ".join(f"{problem.msg}." for problem in problems)
        told = [{**each.as_dict(), "loc": ["body", *each.loc]} for each in problems]
        raise InvalidSpec(sentences, problems=told)
