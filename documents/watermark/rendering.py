"""Pages as pictures, drawn by pdfium: as a reader sees them, with forms and annotations."""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager

from .errors import Damaged, Encrypted, NotAPdf
from .files import begins_as_pdf

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    import pypdfium2
    from PIL import Image

POINTS_PER_INCH = 72
# What a sandboxed run can hold, drawn and once more as a picture: A1 at 150 dpi, or A0 at 120.
MOST_PIXELS = 24_000_000
LONGEST_SIDE = 30_000
WHITE, CLEAR = (255, 255, 255, 255), (255, 255, 255, 0)


@contextmanager
def drawn_by_pdfium(
    stream: BinaryIO, password: str | None = None
) -> Iterator[pypdfium2.PdfDocument]:
    """The document of an open file; raises NotAPdf, Encrypted and Damaged.

    Nothing of it is held in memory but what is drawn. Scripts do not run: this pdfium has no
    interpreter for them.
    """
    import pypdfium2

    logging.getLogger("pypdfium2").addHandler(logging.NullHandler())
    forget_last_error()
    try:
        document = pypdfium2.PdfDocument(stream, password=password or None)
    except pypdfium2.PdfiumError as error:
        raise _translated(error, stream) from error
    try:
        document.init_forms()
        yield document
    except pypdfium2.PdfiumError as error:
        raise Damaged from error
    finally:
        document.close()


def forget_last_error() -> None:
    """Put pdfium's last error out of the way.

    It stays when a document opens well, and pypdfium2 tells it of the next one that opens without
    pages: a wrong password a while ago.
    """
    import pypdfium2.raw

    pypdfium2.raw.FPDF_LoadMemDocument(b"", 0, None)  # no document: a format error


def _translated(error: pypdfium2.PdfiumError, stream: BinaryIO) -> Exception:
    import pypdfium2.raw

    if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
        return Encrypted()
    return Damaged() if begins_as_pdf(stream) else NotAPdf()


def bounded_scale(size: tuple[float, float], scale: float) -> float:
    """The pixels per unit of a page of this size: as wanted, or fewer where that is too many."""
    width, height = (max(side, 1.0) for side in size)
    return min(
        scale,
        math.sqrt(MOST_PIXELS / (width * height)),
        LONGEST_SIDE / max(width, height),
    )


def page_picture(page: pypdfium2.PdfPage, scale: float, *, is_clear: bool = False) -> Image.Image:
    """A page as RGB on white, or with ``is_clear`` as RGBA on nothing.

    ``scale`` is pixels per unit of user space.
    """
    if min(page.get_size()) <= 0:  # a box without an inside: pdfium refuses to draw nothing
        from PIL import Image

        return Image.new("RGBA", (1, 1), CLEAR) if is_clear else Image.new("RGB", (1, 1), "white")
    bitmap = page.render(
        scale=scale,
        draw_annots=True,
        may_draw_forms=True,
        fill_color=CLEAR if is_clear else WHITE,
        rev_byteorder=True,
    )
    try:
        picture: Image.Image = bitmap.to_pil()
        return picture.copy() if is_clear else picture  # only pixels of four bytes are shared
    finally:
        bitmap.close()
