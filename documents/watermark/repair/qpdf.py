"""A sound copy by qpdf, which rebuilds cross-references and page trees and keeps the rest."""

from __future__ import annotations

from ..errors import Damaged, TooManyPages
from ..outcome import REPAIRED
from .opening import opened, was_repaired
from .saving import save

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    import pikepdf

    from ..outcome import Limits, Notice


def sound_copy(
    source: BinaryIO,
    target: BinaryIO,
    password: str | None,
    limits: Limits,
    *,
    strips: bool = False,
) -> tuple[Notice, ...]:
    """Write the document anew to the target, from its start; ``strips`` takes active content out.

    Raises Damaged where qpdf gives up or finds no page, Encrypted, TooManyPages, TooLarge.
    """
    target.seek(0)
    target.truncate()
    with opened(source, password) as pdf:
        make_pages_sound(pdf, limits)
        removed = _stripped(pdf) if strips else ()
        repaired = (REPAIRED,) if was_repaired(pdf) else ()
        save(pdf, target)
    return repaired + removed


def make_pages_sound(pdf: pikepdf.Pdf, limits: Limits) -> None:
    """A flat tree of indirect pages that know their parent (7.7.3).

    Asking for its pages makes pikepdf have qpdf build that, with inherited entries brought down
    and pages that stood in the tree twice copied; only wrong parents are left to us.
    """
    import pikepdf

    pages = pdf.pages
    if len(pages) == 0:
        raise Damaged("This document has no pages.")
    if len(pages) > limits.max_pages:
        raise TooManyPages
    root = pdf.Root.Pages
    for page in pages:
        parent = page.obj.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary) or parent.objgen != root.objgen:
            page.obj["/Parent"] = root


def _stripped(pdf: pikepdf.Pdf) -> tuple[Notice, ...]:
    from .active_content import strip

    return strip(pdf)
