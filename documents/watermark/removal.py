"""Taking marks out again, recognised by the signs of ``ownership``.

Where a file ends in tails that we appended to an untouched original, cutting them off gives back
the very bytes of the original. Everywhere else, in sealed copies or after other programs saved
the file, pikepdf takes our streams out of the pages' contents and our forms out of their
resources, and writes the document anew.
"""

from __future__ import annotations

import os
import re

from .append.copying import copy_bytes
from .errors import WatermarkError
from .files import readable, scratch, writable
from .outcome import Limits, Result
from .ownership import MARK_KEY, ORIGINAL_KEY, TAIL_BEGINS
from .reading.page_tree import PageTree
from .reading.pdf_file import PdfFile
from .repair.opening import opened
from .repair.qpdf import make_pages_sound
from .repair.saving import save
from .syntax.lexer import number_of
from .syntax.strings import string_bytes
from .syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from .append.request import Request
    from .outcome import File

BY_CUTTING, BY_REWRITING = "cut", "qpdf"
MOST_TAILS = 10_000
SIGN = re.compile(rb"/" + MARK_KEY.encode() + rb"[\x00\t\n\x0c\r ]*(<[0-9A-Fa-f]*>|\([^()\\]*\))")


class NotMarked(WatermarkError):
    """There is no mark of ours in the document, or none with the id that was given."""

    code = "not_marked"
    sentence = "This document carries no such mark of ours."


def remove(
    source: File,
    target: File,
    *,
    mark_id: str | None = None,
    password: str | None = None,
    limits: Limits | None = None,
) -> Result:
    """Write the source without our marks, all or those with this id, to the target.

    The result's ``method`` is ``cut`` where the bytes before the mark were brought back. Raises
    NotMarked where there is nothing to remove, Encrypted, Damaged, and OSError as ``apply`` does.
    """
    limits = limits or Limits()
    with readable(source) as stream, writable(target) as out:
        pages = _cut(stream, out, mark_id, password)
        if pages is not None:
            return Result(pages, BY_CUTTING, os.fstat(out.fileno()).st_size)
        return _rewritten(stream, out, mark_id, password, limits)


def replace_request(source: File, target: File, request: Request, mark_id: str | None) -> Result:
    """Remove the marks with this id, or all, and mark what was below them anew; see ``apply``."""
    from .engine import apply_request

    with scratch(buffering=0) as unmarked:
        remove(
            source,
            unmarked,
            mark_id=mark_id,
            password=request.password,
            limits=request.limits,
        )
        return apply_request(unmarked, target, request)


def _cut(stream: BinaryIO, out: BinaryIO, mark_id: str | None, password: str | None) -> int | None:
    """Cut tails off while they are the marks in question; the pages left.

    None where there is no such tail, or where marks to be removed would be left.
    """
    try:
        end = _original_end(stream, mark_id, password)
        if end is None:
            return None
        os.ftruncate(out.fileno(), 0)
        copy_bytes(stream.fileno(), out.fileno(), end)
        for _ in range(MOST_TAILS):
            end = _original_end(out, mark_id, password)
            if end is None:
                break
            os.ftruncate(out.fileno(), end)
        with PdfFile(out, password) as file:
            return None if _may_have_marks(file, mark_id) else PageTree(file).count
    except Unreadable:
        return None


def _original_end(stream: BinaryIO, mark_id: str | None, password: str | None) -> int | None:
    """Where the last tail begins; None where the file does not end in a tail of this mark."""
    with PdfFile(stream, password) as file:
        end = number_of(file.trailer.get(b"/" + ORIGINAL_KEY.encode()))
        sign = file.trailer.get(b"/" + MARK_KEY.encode())
        if end is None or sign is None or not 0 < end < file.size or end != int(end):
            return None
        if mark_id is not None and string_bytes(sign) != mark_id.encode():
            return None
        # Another program that saved the file may have kept the trailer's entries.
        at = int(end)
        is_ours = file.data[at : at + len(TAIL_BEGINS)] == TAIL_BEGINS
        return at if is_ours and file.cross_reference.startxref + file.base >= at else None


def _may_have_marks(file: PdfFile, mark_id: str | None) -> bool:
    if mark_id is None or file.security is not None:
        return file.data.find(b"/" + MARK_KEY.encode()) >= 0
    return any(string_bytes(sign[1]) == mark_id.encode() for sign in SIGN.finditer(file.data))


def _rewritten(
    stream: BinaryIO, out: BinaryIO, mark_id: str | None, password: str | None, limits: Limits
) -> Result:
    from .repair.marked_pages import take_out

    out.seek(0)
    out.truncate()
    with opened(stream, password) as pdf:
        make_pages_sound(pdf, limits)
        if not take_out(pdf, mark_id):
            raise NotMarked
        save(pdf, out)
        pages = len(pdf.pages)
    return Result(pages, BY_REWRITING, os.fstat(out.fileno()).st_size)
