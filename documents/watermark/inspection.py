"""Looking at a document without changing it."""

from __future__ import annotations

from .errors import Encrypted
from .outcome import REPAIRED, File, Inspection, Limits
from .page_entries import geometry_of
from .qpdf_file import opened, was_repaired
from .signatures import is_signed


def inspection_of(source: File, password: str | None, limits: Limits) -> Inspection:
    """See ``inspect``."""
    try:
        with opened(source, password, limits) as pdf:
            pages = len(pdf.pages)
            return Inspection(
                pages=pages,
                encrypted=pdf.is_encrypted,
                needs_password=pdf.is_encrypted and bool(password),
                signed=is_signed(pdf),
                version=pdf.pdf_version,
                first_page=geometry_of(pdf.pages[0].obj) if pages else None,
                warnings=(REPAIRED,) if was_repaired(pdf) else (),
            )
    except Encrypted:
        return Inspection(pages=None, encrypted=True, needs_password=True)
