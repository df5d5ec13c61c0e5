"""The chain from a document to its marked copy: append where the file can be read, else repair.

A file that the fast reader does not understand is written anew by qpdf, or failing that by pdfium,
straight to where the copy belongs; the mark is then appended to that.
"""

from __future__ import annotations

import errno
import os

from .append.copying import copy_bytes
from .append.tail import Tail, write_tail
from .errors import (
    BadSpec,
    Damaged,
    Encrypted,
    NotAPdf,
    OutOfMemory,
    Problem,
    TooLarge,
    WatermarkError,
)
from .files import begins_as_pdf, empty, readable, writable
from .outcome import NO_PAGE_MARKED, REPAIRED, Result
from .reading.pdf_file import PdfFile
from .spec import ActiveContent, WatermarkStrength
from .syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from .append.request import Request
    from .outcome import File, Notice

# Viewers look for the header a little into the file (ISO 32000-1, annex H: 1024 bytes).


def apply_request(source: File, target: File, request: Request) -> Result:
    """See ``apply``."""
    try:
        with readable(source) as stream, writable(target) as out:
            check_file(stream, request)
            result = _marked(stream, out, request)
            if result.bytes_written > request.limits.max_target_bytes:
                raise TooLarge("The marked document would be larger than allowed.")
            return _with_caution(result, request)
    except MemoryError as error:
        raise OutOfMemory from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise TooLarge("The marked document would be larger than allowed.") from error
        raise


def tail_of(source: File, request: Request) -> Tail:
    """See ``build_tail``."""
    if request.spec.strength is WatermarkStrength.RASTER:
        problem = Problem(("strength",), "Pages as pictures cannot be appended", "not_appendable")
        raise BadSpec([problem])
    parts: list[bytes] = []
    with readable(source) as stream:
        check_file(stream, request)
        try:
            with PdfFile(stream, request.password) as file:
                written = write_tail(file, request, parts.append, parts.clear)
                return Tail(file.size, b"".join(parts), written)
        except Unreadable as surprise:
            raise Damaged(f"This document has to be written anew: {surprise.reason}.") from surprise
        except MemoryError as error:
            raise OutOfMemory from error


def check_file(stream: BinaryIO, request: Request) -> None:
    """Raise NotAPdf or TooLarge for what is not worth opening."""
    if os.fstat(stream.fileno()).st_size > request.limits.max_source_bytes:
        raise TooLarge
    if not begins_as_pdf(stream):
        raise NotAPdf


def _with_caution(result: Result, request: Request) -> Result:
    """The same; it says so when the document has no page that any mark is for."""
    if any(mark.pages.includes_any(result.pages) for mark in request.spec.marks):
        return result
    return Result(
        result.pages,
        result.method,
        result.bytes_written,
        (*result.warnings, NO_PAGE_MARKED),
        tail_bytes=result.tail_bytes,
        reason=result.reason,
    )


def _marked(stream: BinaryIO, out: BinaryIO, request: Request) -> Result:
    if request.spec.strength is WatermarkStrength.RASTER:
        from .raster.strength import marked_as_pictures

        return marked_as_pictures(stream, out, request, _marked_as_document)
    return _marked_as_document(stream, out, request)


def _marked_as_document(stream: BinaryIO, out: BinaryIO, request: Request) -> Result:
    if request.spec.active_content is ActiveContent.STRIP:
        return _repaired(stream, out, request, "active content is taken out", None)
    try:
        with PdfFile(stream, request.password) as file:
            return _appended(file, out, request, stream.fileno())
    except Unreadable as surprise:
        return _repaired(stream, out, request, surprise.reason, None)
    except (Damaged, Encrypted) as refusal:
        return _repaired(stream, out, request, refusal.code, refusal)


def _repaired(
    stream: BinaryIO,
    out: BinaryIO,
    request: Request,
    reason: str,
    refusal: WatermarkError | None,
) -> Result:
    """Mark what a more patient reader makes of the document.

    A copy that a viewer shows as the document was comes first; failing that, one that has all
    pages. Raises the first refusal, ``refusal`` where that was the fast reader's.
    """
    from .repair import REPAIRS
    from .repair.comparing import Loss, check_for_losses

    passable: set[str] = set()
    for method, sound_copy, is_strict in [(*each, strict) for strict in (1, 0) for each in REPAIRS]:
        if not is_strict and method not in passable:
            continue
        try:
            notices = sound_copy(stream, out, request)
            if is_strict and REPAIRED in notices:
                check_for_losses(stream, out, request.password)
            with PdfFile(out, request.password) as file:
                result = _appended(file, out, request, None)
        except Unreadable as surprise:
            reason = f"{reason}; after {method}: {surprise.reason}"
        except Loss as loss:
            reason = f"{reason}; after {method}: {loss}"
            if not loss.is_of_pages:
                passable.add(method)
        except Encrypted:
            raise
        except Damaged as damage:
            refusal = refusal or damage
        else:
            return _told(result, method, reason, notices)
    raise refusal or Damaged


def _told(result: Result, method: str, reason: str, notices: tuple[Notice, ...]) -> Result:
    warnings = tuple(dict.fromkeys((*notices, *result.warnings)))
    return Result(
        result.pages,
        method,
        result.bytes_written,
        warnings,
        tail_bytes=result.tail_bytes,
        reason=reason,
    )


def _appended(file: PdfFile, out: BinaryIO, request: Request, source: int | None) -> Result:
    """Append to a copy of the file ``source``, or to ``out`` itself if there is none."""
    target = _Target(out.fileno(), file.size, source)
    written = write_tail(
        file, request, target.write, target.restart, is_original=source is not None
    )
    if written.blanks:
        from .append.sealing import blanked

        for at, data in blanked(file.data, written.blanks):
            target.overwrite(at, data)
    return Result(
        written.pages,
        "append",
        file.size + written.size,
        written.notices,
        tail_bytes=written.size,
    )


class _Target:
    """Where a tail goes: behind ``size`` bytes that are copied when there is a first word of it."""

    def __init__(self, target: int, size: int, source: int | None) -> None:
        self._target = target
        self._size = size
        self._source = source
        self._at = size

    def write(self, data: bytes) -> None:
        if self._source is not None:
            empty(self._target)
            copy_bytes(self._source, self._target, self._size)
            self._source = None
        self.overwrite(self._at, data)
        self._at += len(data)

    def overwrite(self, at: int, data: bytes | bytearray) -> None:
        if os.pwrite(self._target, data, at) == len(data):
            return
        view = memoryview(data)
        while view:
            done = os.pwrite(self._target, view, at)
            view, at = view[done:], at + done

    def restart(self) -> None:
        """Forget the tail."""
        if self._source is None:
            os.ftruncate(self._target, self._size)
        self._at = self._size
