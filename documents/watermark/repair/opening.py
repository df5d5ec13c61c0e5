"""Opening documents with pikepdf (qpdf), its failures told in our own errors."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager

from ..errors import Damaged, Encrypted, OutOfMemory, TooLarge
from ..reading.encryption.passwords import candidates
from .page_tree import rebuild

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    import pikepdf

HARMLESS = "Resources is missing"
REVISIONS_WITH_OTHER_PASSWORDS = (4, 6)  # one of each way to encode them


@contextmanager
def opened(stream: BinaryIO, password: str | None) -> Iterator[pikepdf.Pdf]:
    """The document, repaired where need be. Whatever pikepdf raises inside comes out as ours.

    Raises Encrypted, Damaged, OutOfMemory, TooLarge.
    """
    with translated(), _with_password(stream, password) as pdf:
        yield pdf


@contextmanager
def translated() -> Iterator[None]:
    """pikepdf's and the system's failures as errors of the engine; its remarks go nowhere."""
    import logging

    import pikepdf

    remarks = logging.getLogger("pikepdf")
    if not remarks.handlers:  # without one they would stand on standard error
        remarks.addHandler(logging.NullHandler())
    try:
        yield
    except pikepdf.PasswordError as error:
        raise Encrypted from error
    except (pikepdf.PikepdfError, RuntimeError, TypeError, ValueError) as error:
        # Names and numbers that are none surface in pikepdf as one or the other.
        raise Damaged from error
    except MemoryError as error:
        raise OutOfMemory from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise TooLarge("The marked document would be larger than allowed.") from error
        raise


def _with_password(stream: BinaryIO, password: str | None) -> pikepdf.Pdf:
    """Opened with the password, however it was encoded; without it where none is needed."""
    import pikepdf

    tried: list[str | bytes] = [password or ""]
    if password:
        for revision in REVISIONS_WITH_OTHER_PASSWORDS:
            tried += candidates(password, revision)
        tried.append("")
    refusal: pikepdf.PasswordError | None = None
    for each in tried:
        try:
            return _open(stream, each)
        except pikepdf.PasswordError as error:
            refusal = refusal or error
    raise refusal or Encrypted


def _open(stream: BinaryIO, password: str | bytes) -> pikepdf.Pdf:
    """With inherited entries brought down to the pages, for which qpdf walks the page tree; one
    that it cannot walk is put up anew."""
    import pikepdf

    try:
        return _plainly(stream, password, inherit_page_attributes=True)
    except pikepdf.PasswordError:
        raise
    except pikepdf.PdfError:
        pdf = _plainly(stream, password, inherit_page_attributes=False)
        rebuild(pdf)
        return pdf


def _plainly(
    stream: BinaryIO, password: str | bytes, *, inherit_page_attributes: bool
) -> pikepdf.Pdf:
    """Through the descriptor's path where there is one: qpdf reads a path five times faster."""
    import pikepdf

    by_path = f"/proc/self/fd/{stream.fileno()}"
    has_path = _can_be_read(by_path)
    if not has_path:
        stream.seek(0)
    return pikepdf.open(
        by_path if has_path else stream,
        password=password,
        inherit_page_attributes=inherit_page_attributes,
    )


def _can_be_read(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:  # no /proc, or rules that know no such path
        return False
    return True


def was_repaired(pdf: pikepdf.Pdf) -> bool:
    """Whether qpdf found damage so far. A page without resources is none: it needs none."""
    return any(HARMLESS not in warning for warning in pdf.get_warnings())
