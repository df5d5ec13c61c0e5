"""What a marked copy is, by the kind of the document and what was asked for."""

from __future__ import annotations

from .kinds import DocumentFormat

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def copy_format(kind: DocumentFormat, spec: Mapping[str, Any]) -> DocumentFormat:
    """The format of the copy; ``spec`` as JSON has it. A Word document stays one unless told."""
    asked = (spec.get("output") or {}).get("format")
    stays = kind is DocumentFormat.DOCX and asked != DocumentFormat.PDF
    return DocumentFormat.DOCX if stays else DocumentFormat.PDF


def is_converted(kind: DocumentFormat, spec: Mapping[str, Any]) -> bool:
    """Whether a word processor has to lay the document out first."""
    return kind is DocumentFormat.DOCX and copy_format(kind, spec) is DocumentFormat.PDF
