"""Content that is given as text, written as a document."""

from __future__ import annotations

import io

from documents.watermark.errors import TooLarge
from documents.watermark.outcome import Limits, Result

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

MOST_CHARACTERS = 100_000
"""About forty pages."""


def write(title: str, content: str, target: BinaryIO, *, format: str, limits: Limits) -> Result:
    """Write a document of ``format`` (pdf or docx) to an empty file.

    Raises UnsupportedText, TooManyPages and TooLarge.
    """
    made, pages = io.BytesIO(), 0
    if format == "pdf":
        from .written_pdf import write_pdf

        pages = write_pdf(title=title, content=content, target=made, max_pages=limits.max_pages)
    else:
        from .word.written import write_docx

        write_docx(title=title, content=content, target=made)
    if made.tell() > limits.max_target_bytes:
        raise TooLarge
    view = made.getbuffer()
    while view:
        view = view[target.write(view) :]
    return Result(pages, "written", made.tell())
