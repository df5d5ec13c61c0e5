"""One look at a document, by qpdf; by our own reader where qpdf does not open it."""

from __future__ import annotations

import os
from itertools import islice

from ..conformance import Claims, claims_in
from ..errors import Damaged, Encrypted, NotAPdf, TooLarge
from ..files import begins_as_pdf, readable, scratch
from ..outcome import REPAIRED, Inspection, Notice
from ..reading.page_tree import PageTree
from ..reading.pdf_file import PdfFile
from ..reading.signatures import is_signed
from ..repair.active_content import active_content
from ..repair.marked_pages import mark_ids
from ..repair.opening import opened, was_repaired
from ..syntax.unreadable import Unreadable
from .cautions import cautions_of
from .pages import PagesSeen
from .signing import signatures_of
from .streams import bounded

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    import pikepdf

    from ..outcome import File, Limits

MOST_XMP_BYTES = 4 << 20
MOST_OBJECTS = 20_000  # looked into for active content


def inspected(source: File, password: str | None, limits: Limits) -> Inspection:
    """See ``inspect``."""
    with readable(source) as stream:
        if os.fstat(stream.fileno()).st_size > limits.max_source_bytes:
            raise TooLarge
        if not begins_as_pdf(stream):
            raise NotAPdf
        try:
            with opened(stream, password) as pdf:
                return _told(pdf, needs_password=_needs_password(stream, pdf, password))
        except Encrypted:
            return _without_qpdf(stream, password)
        except Damaged as damage:
            try:
                return _recovered(stream, password)
            except Damaged:
                raise damage from None


def _recovered(stream: BinaryIO, password: str | None) -> Inspection:
    """What pdfium makes of the document."""
    from ..repair.pdfium import save_as_read

    with scratch() as copy:
        save_as_read(stream, copy, password)
        with opened(copy, password) as pdf:
            return _told(pdf, needs_password=pdf.is_encrypted and bool(password), is_copy=True)


def _without_qpdf(stream: BinaryIO, password: str | None) -> Inspection:
    """Documents that our own reader opens (only their attachments are encrypted, or the password
    was encoded in a way of its own), and those that nobody does."""
    try:
        with PdfFile(stream, password) as file:
            tree = PageTree(file)
            return Inspection(
                pages=tree.count,
                encrypted=True,
                needs_password=bool(password),
                signed=is_signed(file, tree.catalog),
            )
    except (Encrypted, Unreadable):
        return Inspection(pages=None, encrypted=True, needs_password=True)


def _needs_password(stream: BinaryIO, pdf: pikepdf.Pdf, password: str | None) -> bool:
    if not pdf.is_encrypted or not password:
        return False
    try:
        with PdfFile(stream, None):
            return False
    except (Encrypted, Unreadable):
        return True


def _told(pdf: pikepdf.Pdf, *, needs_password: bool, is_copy: bool = False) -> Inspection:
    seen = PagesSeen(pdf)
    claims = _claims(pdf)
    signatures = signatures_of(pdf)
    found: dict[str, object] = {
        "active_content": active_content(islice(pdf.objects, MOST_OBJECTS)),
        "allowed": _allowed(pdf),
        "first_page": seen.geometries[0] if seen.geometries else None,
        "linearized": pdf.is_linearized,
        "mark_ids": tuple(sorted(mark_ids(seen.pages))),
        "pages_seen": len(seen.pages),
        "pdfa": claims.pdfa,
        "pdfua": claims.pdfua,
        "pdfx": claims.pdfx,
        "scanned_share": seen.scanned_share(),
        "signatures": signatures,
        "signed": bool(signatures.names) or signatures.certified is not None,
        "sizes": seen.sizes(),
        "tagged": _is_tagged(pdf),
        "turned": seen.turned(),
        "version": pdf.pdf_version,
    }
    pages, encrypted = len(pdf.pages), pdf.is_encrypted
    notices: list[Notice] = [REPAIRED] if is_copy or was_repaired(pdf) else []
    notices += cautions_of(Inspection(pages, encrypted, needs_password, **found))
    return Inspection(pages, encrypted, needs_password, **found, warnings=tuple(notices))


def _allowed(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """What the encryption permits (7.6.4.2, table 22); its owner everything."""
    allowed = pdf.allow
    return tuple(name for name in allowed._fields if getattr(allowed, name))


def _claims(pdf: pikepdf.Pdf) -> Claims:
    xmp = bounded(pdf.Root.get("/Metadata"), MOST_XMP_BYTES)
    return claims_in(xmp) if xmp else Claims()


def _is_tagged(pdf: pikepdf.Pdf) -> bool:
    import pikepdf

    info = pdf.Root.get("/MarkInfo")
    is_marked = isinstance(info, pikepdf.Dictionary) and bool(info.get("/Marked", False))
    return is_marked and isinstance(pdf.Root.get("/StructTreeRoot"), pikepdf.Dictionary)
