"""Writing documents that pikepdf has opened."""

from __future__ import annotations

import warnings

from ..ownership import MARK_KEY, ORIGINAL_KEY
from .patient_file import PatientFile

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    import pikepdf

# pikepdf drops encryption unless told; neither a fixed /ID nor streams left as they are go with it.
ENCRYPTED_AS_BEFORE: dict[str, Any] = {"encryption": True}
KEY_BITS_OF_VERSION_4 = 128


def save(pdf: pikepdf.Pdf, stream: BinaryIO) -> None:
    """Write the document; the same document gives the same bytes, unless it is encrypted.

    Streams are copied as they are, and those in a document with object streams (7.5.7) stay in
    them, compressed where they have no filter. Encryption stays as it was, and draws fresh random
    numbers each time.
    """
    import pikepdf

    _complete_encryption(pdf)
    if not isinstance(pdf.trailer.get("/Size"), int):
        pdf.trailer["/Size"] = 0  # qpdf writes the right number, but only in the place of another
    for key in (f"/{MARK_KEY}", f"/{ORIGINAL_KEY}"):
        if key in pdf.trailer:
            del pdf.trailer[key]  # what is written anew ends in no tail
    patient = PatientFile(stream)
    with warnings.catch_warnings(), patient.buffered() as buffer:
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)  # widgets were so before
        pdf.save(
            buffer,
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
