"""Opening and saving documents with pikepdf, its failures told in our own errors."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .errors import Damaged, Encrypted, NotAPdf, OutOfMemory, TooLarge
from .outcome import File, Limits

if TYPE_CHECKING:
    import pikepdf

# Viewers look for the header a little into the file (ISO 32000-2, annex I of 1.7: 1024 bytes).
HEADER_WITHIN = 8192
WITH_TRANSPARENCY = "1.4"


@contextmanager
def opened(source: File, password: str | None, limits: Limits) -> Iterator[pikepdf.Pdf]:
    """The document, repaired where need be. Whatever pikepdf raises inside comes out as ours."""
    with _as_stream(source) as stream:
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


def save(pdf: pikepdf.Pdf, stream: BinaryIO) -> None:
    """Write the document; the same document gives the same bytes, unless it is encrypted.

    Streams are copied as they are. Encryption stays, and draws fresh random numbers each time.
    """
    import pikepdf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # widgets were so before
        pdf.save(
            stream,
            min_version=WITH_TRANSPARENCY,
            fix_metadata_version=False,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            deterministic_id=not pdf.is_encrypted,
        )


@contextmanager
def _as_stream(file: File) -> Iterator[BinaryIO]:
    if isinstance(file, str | bytes | os.PathLike):
        with Path(os.fsdecode(file)).open("rb") as stream:
            yield stream
    else:
        yield file


@contextmanager
def writable(target: File) -> Iterator[BinaryIO]:
    """Where to write. A path appears only when all is written; until then it has another name."""
    if not isinstance(target, str | bytes | os.PathLike):
        yield target
        target.flush()
        return
    path = Path(os.fsdecode(target))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w+b") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
