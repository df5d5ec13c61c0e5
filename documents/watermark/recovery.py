"""A second opinion on documents that qpdf gives up: what pdfium makes of them, saved anew."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from .errors import Damaged
from .qpdf_file import readable

if TYPE_CHECKING:
    from .outcome import File

# pdfium holds what it saves in memory; a larger document that is broken this badly is given up.
MOST_BYTES = 128 << 20


@contextmanager
def recovered(source: File, password: str | None) -> Iterator[BinaryIO]:
    """A sound copy of a broken document; raises Damaged when pdfium cannot read it either."""
    import pypdfium2

    with readable(source) as stream, _scratch() as copy:
        if os.fstat(stream.fileno()).st_size > MOST_BYTES:
            raise Damaged
        stream.seek(0)
        try:
            with pypdfium2.PdfDocument(stream, password=password) as document:
                if len(document) == 0:
                    raise Damaged
                document.save(copy)
        except pypdfium2.PdfiumError as error:
            raise Damaged from error
        copy.seek(0)
        yield copy


def _scratch() -> BinaryIO:
    """A file without a name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("recovered"), "w+b")
    return tempfile.TemporaryFile()
