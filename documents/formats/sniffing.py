"""Which kind of file some bytes are. Names and what a client says of them do not count.

Looked at, not parsed: whether a file is a sound one of its kind is found out in the sandbox.
"""

from __future__ import annotations

import codecs
import os
import re
import struct

from documents.watermark.files import HEADER_WITHIN, begins_as_pdf

from .kinds import DocumentFormat

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
ZIP = b"PK\x03\x04"
# A header that stands at the beginning of a line, as it would not in a text about headers.
PDF_LINE = re.compile(rb"(?:\A|[\r\n])[ \t]*%PDF-")
# Text that means something else than it says.
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<!--", b"{\\rtf", b"%!ps")
# Word before 2007, and everything that a password protects [MS-CFB].
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# All of C0 but tab, line feed, form feed and carriage return.
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
MOST_TEXT_BYTES = 4 << 20
CHUNK_BYTES = 1 << 18
# The end of central directory record with the longest comment (APPNOTE.TXT, 4.3.16).
DIRECTORY_END = b"PK\x05\x06"
DIRECTORY_END_BYTES, LONGEST_COMMENT = 22, 0xFFFF
MOST_DIRECTORY_BYTES = 4 << 20
PARTS_OF_WORD = (b"[Content_Types].xml", b"word/document.xml")


def format_of(file: BinaryIO) -> DocumentFormat | None:
    """The kind of an open file, None where it is none of ours."""
    beginning = _read(file, 0, HEADER_WITHIN)
    kind = _by_signature(beginning)
    if kind is DocumentFormat.DOCX:
        return kind if _has_parts_of_word(file) else None
    if kind is not None:
        return kind
    if begins_as_pdf(file) and not _is_text(file):
        return DocumentFormat.PDF
    return DocumentFormat.TXT if _is_text(file) else None


def may_be_one(beginning: bytes) -> bool:
    """Whether a file that begins so, and goes on, may be one of ours."""
    if _by_signature(beginning) or b"%PDF-" in beginning:
        return True
    return _may_be_text(beginning) and _decodes(beginning, final=False)


def reason_against(file: BinaryIO) -> str:
    """What to tell the owner of a file that is none of ours; empty where nothing is known."""
    beginning = _read(file, 0, HEADER_WITHIN)
    if not beginning:
        return "This file is empty."
    if beginning.startswith(OLD_OFFICE):
        return "Old Office files (.doc) and files with a password cannot be taken."
    if beginning.startswith(ZIP):
        return "This is a ZIP file, but not a Word document."
    if _may_be_text(beginning) and file.seek(0, os.SEEK_END) > MOST_TEXT_BYTES:
        return f"A text may have at most {MOST_TEXT_BYTES >> 20} MiB."
    return ""


def encoding_of(beginning: bytes) -> str:
    """How a text is encoded that begins so: as its mark says, else UTF-8."""
    if beginning.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _by_signature(beginning: bytes) -> DocumentFormat | None:
    if beginning.startswith(PNG):
        return DocumentFormat.PNG
    if beginning.startswith(JPEG):
        return DocumentFormat.JPG
    if beginning.startswith(ZIP):
        return DocumentFormat.DOCX
    if PDF_LINE.search(beginning) or beginning.startswith(b"%PDF"):
        return DocumentFormat.PDF
    return None


def _has_parts_of_word(file: BinaryIO) -> bool:
    """Whether the directory at the end names what every Word document has (ECMA-376-2)."""
    size = file.seek(0, os.SEEK_END)
    tail_at = max(0, size - DIRECTORY_END_BYTES - LONGEST_COMMENT)
    tail = _read(file, tail_at, size - tail_at)
    at = tail.rfind(DIRECTORY_END)
    if at < 0 or len(tail) - at < DIRECTORY_END_BYTES:
        return False
    length, start = struct.unpack_from("<LL", tail, at + 12)
    if length > MOST_DIRECTORY_BYTES or start + length > size:
        return False
    directory = _read(file, start, length)
    return all(name in directory for name in PARTS_OF_WORD)


def _may_be_text(beginning: bytes) -> bool:
    if encoding_of(beginning) == "utf-16":
        return True
    seen = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    return (
        bool(beginning)
        and not CONTROLS.search(beginning)
        and not seen[:16].lower().startswith(MARKUP)
    )


def _decodes(data: bytes, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding_of(data))().decode(data, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_text(file: BinaryIO) -> bool:
    """Whether all of it is text that can be laid out."""
    if file.seek(0, os.SEEK_END) > MOST_TEXT_BYTES:
        return False
    data = _read(file, 0, MOST_TEXT_BYTES)
    if not _may_be_text(data[:HEADER_WITHIN]):
        return False
    if encoding_of(data) == "utf-16":
        return _decodes(data, final=True) and "\0" not in data.decode("utf-16")
    return not CONTROLS.search(data) and _decodes(data, final=True)


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
