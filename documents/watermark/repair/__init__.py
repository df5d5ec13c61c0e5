"""Writing documents anew that the fast reader does not understand, so that it does.

Other libraries do this better than we ever would: qpdf (by pikepdf) has seen every kind of damage
and keeps what it does not understand; pdfium (by pypdfium2) guesses more boldly. Both give a file
with sound cross-references, a flat page tree and indirect pages.
"""

from __future__ import annotations

from ..spec import ActiveContent

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from ..append.request import Request
    from ..outcome import Notice


def _by_qpdf(source: BinaryIO, target: BinaryIO, request: Request) -> tuple[Notice, ...]:
    from .qpdf import sound_copy

    strips = request.spec.active_content is ActiveContent.STRIP
    return sound_copy(source, target, request.password, request.limits, strips=strips)


def _by_pdfium(source: BinaryIO, target: BinaryIO, request: Request) -> tuple[Notice, ...]:
    from .pdfium import sound_copy

    strips = request.spec.active_content is ActiveContent.STRIP
    return sound_copy(source, target, request.password, request.limits, strips=strips)


REPAIRS = (("qpdf", _by_qpdf), ("pdfium", _by_pdfium))
"""By name, in the order in which they are tried; each writes a sound copy to the empty target.

They raise Damaged where they cannot, Encrypted for a missing password, TooManyPages, TooLarge.
"""
