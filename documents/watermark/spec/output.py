"""What is to become of the copy beside its marks."""

from __future__ import annotations

from enum import StrEnum

from .rules import ChoiceRule
from .settings import Settings


class OutputFormat(StrEnum):
    """What a copy can be asked to be."""

    PDF = "pdf"


class Output(Settings):
    """What the copy is."""

    __slots__ = ("format",)

    format: OutputFormat | None

    RULES = {
        "format": ChoiceRule(
            label="Format of the copy",
            help_text="Empty: a Word document stays one, everything else becomes a PDF. With `pdf`"
            " a Word document is converted first.",
            nullable=True,
            enum=OutputFormat,
            labels={"pdf": "PDF"},
        ),
    }
