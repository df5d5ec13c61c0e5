"""A sound copy by pdfium, for documents that qpdf gives up: what it makes of them, saved anew."""

from __future__ import annotations

import os

from ..errors import Damaged, Encrypted
from ..outcome import REPAIRED
from . import qpdf

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from ..outcome import Limits, Notice

# pdfium holds what it saves in memory; a larger document that is broken this badly is given up.
MOST_BYTES = 128 << 20
WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD


def sound_copy(
    source: BinaryIO,
    target: BinaryIO,
    password: str | None,
    limits: Limits,
    *,
    strips: bool = False,
) -> tuple[Notice, ...]:
    """Write to the target what pdfium reads of the document; raises as its twin does.

    pdfium's own page trees and object numbers are as odd as the document's were, so qpdf writes
    the copy once more.
    """
    with scratch() as copy:
        save_as_read(source, copy, password)
        notices = qpdf.sound_copy(copy, target, password, limits, strips=strips)
    return tuple(dict.fromkeys((REPAIRED, *notices)))


def save_as_read(source: BinaryIO, copy: BinaryIO, password: str | None) -> None:
    """Save the document as pdfium understands it."""
    import pypdfium2

    if os.fstat(source.fileno()).st_size > MOST_BYTES:
        raise Damaged
    source.seek(0)
    try:
        with pypdfium2.PdfDocument(source, password=password) as document:
            if len(document) == 0:
                raise Damaged
            document.save(copy)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == WRONG_PASSWORD:
            raise Encrypted from error
        raise Damaged from error
    copy.flush()


def scratch() -> BinaryIO:
    """A file without a name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("saved by pdfium"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()
