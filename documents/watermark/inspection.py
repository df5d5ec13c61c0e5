"""Looking at a document without changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Damaged, Encrypted
from .outcome import REPAIRED, Inspection, Limits, Notice
from .page_entries import geometry_of
from .qpdf_file import opened, was_repaired
from .recovery import recovered
from .signatures import is_signed

if TYPE_CHECKING:
    import pikepdf

    from .outcome import File


def inspection_of(source: File, password: str | None, limits: Limits) -> Inspection:
    """See ``inspect``."""
    try:
        with opened(source, password, limits) as pdf:
            return _told(pdf, password)
    except Encrypted:
        return Inspection(pages=None, encrypted=True, needs_password=True)
    except Damaged as damage:
        try:
            with recovered(source, password) as copy, opened(copy, password, Limits()) as pdf:
                return _told(pdf, password, warnings=(REPAIRED,))
        except Damaged:
            raise damage from None


def _told(
    pdf: pikepdf.Pdf, password: str | None, warnings: tuple[Notice, ...] = ()
) -> Inspection:
    pages = len(pdf.pages)
    return Inspection(
        pages=pages,
        encrypted=pdf.is_encrypted,
        needs_password=pdf.is_encrypted and bool(password),
        signed=is_signed(pdf),
        version=pdf.pdf_version,
        first_page=geometry_of(pdf.pages[0].obj) if pages else None,
        warnings=warnings or ((REPAIRED,) if was_repaired(pdf) else ()),
    )
