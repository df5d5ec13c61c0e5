"""A sound copy by pdfium, for documents that qpdf gives up: what it makes of them, saved anew."""

from __future__ import annotations

import os

from ..errors import Damaged
from ..files import scratch
from ..outcome import REPAIRED
from ..rendering import forget_last_error
from . import qpdf

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from ..outcome import Limits, Notice

# pdfium holds what it saves in memory; a larger document that is broken this badly is given up.
MOST_BYTES = 128 << 20


def sound_copy(
    source: BinaryIO,
    target: BinaryIO,
    password: str | None,
    limits: Limits,
    *,
    strips: bool = False,
) -> tuple[Notice, ...]:
    """Write to the target what pdfium reads of the document; raises as its twin does,
    but never Encrypted.

    pdfium's own page trees and object numbers are as odd as the document's were, so qpdf writes
    the copy once more.
    """
    with scratch() as copy:
        save_as_read(source, copy, password)
        notices = qpdf.sound_copy(copy, target, password, limits, strips=strips)
    return tuple(dict.fromkeys((REPAIRED, *notices)))


def save_as_read(source: BinaryIO, copy: BinaryIO, password: str | None) -> None:
    """Save the document as pdfium understands it.

    Raises Damaged also where it asks for a password: it asks for one of many broken files that
    have none, and those that do have one were refused before.
    """
    import pypdfium2

    if os.fstat(source.fileno()).st_size > MOST_BYTES:
        raise Damaged
    source.seek(0)
    forget_last_error()
    try:
        with pypdfium2.PdfDocument(source, password=password) as document:
            if len(document) == 0:
                raise Damaged
            document.save(copy)
    except pypdfium2.PdfiumError as error:
        raise Damaged from error
    copy.flush()
