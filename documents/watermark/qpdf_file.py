"""Opening and saving documents with pikepdf, its failures told in our own errors."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from .errors import Damaged, Encrypted, NotAPdf, OutOfMemory, TooLarge
from .outcome import Limits
from .patient_file import PatientFile

if TYPE_CHECKING:
    import pikepdf

    from .outcome import File

# Viewers look for the header a little into the file (ISO 32000-2, annex I of 1.7: 1024 bytes).
HEADER_WITHIN = 8192
WITH_TRANSPARENCY = "1.4"
# pikepdf drops encryption unless told; neither a fixed /ID nor streams left as they are go with it.
ENCRYPTED_AS_BEFORE: dict[str, Any] = {"encryption": True}
KEY_BITS_OF_VERSION_4 = 128
HARMLESS = "Resources is missing"


@contextmanager
def opened(source: File, password: str | None, limits: Limits) -> Iterator[pikepdf.Pdf]:
    """The document, repaired where need be. Whatever pikepdf raises inside comes out as ours."""
    with readable(source) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > limits.max_source_bytes:
            raise TooLarge
        if b"%PDF-" not in os.pread(stream.fileno(), HEADER_WITHIN, 0):
            raise NotAPdf
        with translated():
            with _open(stream, password) as pdf:
                yield pdf


@contextmanager
def translated() -> Iterator[None]:
    """pikepdf's and the system's failures as errors of the engine."""
    import pikepdf

    try:
        yield
    except pikepdf.PasswordError as error:
        raise Encrypted from error
    except pikepdf.PikepdfError as error:
        raise Damaged from error
    except MemoryError as error:
        raise OutOfMemory from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise TooLarge("The marked document would be larger than allowed.") from error
        raise


def _open(stream: BinaryIO, password: str | None) -> pikepdf.Pdf:
    """Through the descriptor's path where there is one: qpdf reads a path five times faster."""
    import pikepdf

    by_path = Path(f"/proc/self/fd/{stream.fileno()}")
    try:
        return pikepdf.open(by_path, password=password or "")
    except OSError:
        stream.seek(0)
        return pikepdf.open(stream, password=password or "")


def was_repaired(pdf: pikepdf.Pdf) -> bool:
    """Whether qpdf found damage so far. A page without resources is none: it needs none."""
    return any(HARMLESS not in warning for warning in pdf.get_warnings())


def save(pdf: pikepdf.Pdf, stream: BinaryIO) -> None:
    """Write the document; the same document gives the same bytes, unless it is encrypted.

    Streams are copied as they are; only in a document with object streams (7.5.7), which would
    otherwise be written out at full length, those without a filter get one. Encryption stays as
    it was, and draws fresh random numbers each time.
    """
    import pikepdf

    _complete_encryption(pdf)
    patient = PatientFile(stream)
    with warnings.catch_warnings(), patient.buffered() as buffer:
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # widgets were so before
        pdf.save(
            buffer,
            min_version=WITH_TRANSPARENCY,
            fix_metadata_version=False,
            compress_streams=pdf.trailer.get("/Type") == "/XRef",
            **(ENCRYPTED_AS_BEFORE if pdf.is_encrypted else _as_they_are()),
        )
    stream.flush()
    if patient.failure:
        raise patient.failure


def _complete_encryption(pdf: pikepdf.Pdf) -> None:
    """Give the key length where a writer left it to be understood; qpdf does not copy it without.

    Version 4 has keys of 128 bits alone (7.6.2, table 20).
    """
    if pdf.is_encrypted and pdf.trailer.Encrypt.get("/V") == 4:
        pdf.trailer.Encrypt["/Length"] = KEY_BITS_OF_VERSION_4


def _as_they_are() -> dict[str, Any]:
    import pikepdf

    return {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "deterministic_id": True}


@contextmanager
def readable(file: File) -> Iterator[BinaryIO]:
    """What to read; a file that came open stays open."""
    if isinstance(file, str | bytes | os.PathLike):
        with Path(os.fsdecode(file)).open("rb") as stream:
            yield stream
    else:
        yield file


@contextmanager
def writable(target: File) -> Iterator[BinaryIO]:
    """Where to write. A path appears only when all is written; until then it has another name."""
    if not isinstance(target, str | bytes | os.PathLike):
        target.seek(0)
        target.truncate()
        yield target
        return
    path = Path(os.fsdecode(target))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w+b", buffering=0) as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
