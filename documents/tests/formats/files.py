"""Files of every kind that documents can be, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import docx
import pypdfium2
from docx.enum.section import WD_SECTION
from PIL import Image

TEXT = "Countermark\n\nA text of three paragraphs, with ümläuts.\n"


def word(text: str = "Hello Word", *, header: str = "", landscape: bool = False) -> bytes:
    """A Word document; ``landscape``: with a second section that is, and inherits the header."""
    document = docx.Document()
    if header:
        document.sections[0].header.paragraphs[0].text = header
    document.add_paragraph(text)
    if landscape:
        first, second = document.sections[0], document.add_section(WD_SECTION.NEW_PAGE)
        second.page_width, second.page_height = first.page_height, first.page_width
        document.add_paragraph("wide")
    return saved(document)


def saved(document: Any) -> bytes:
    """The bytes of a document of python-docx."""
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def repacked(data: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """A ZIP file with some parts changed, added or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", 8) as target:
        names = [*source.namelist(), *(name for name in changed if name not in source.namelist())]
        for name in names:
            part = changed[name] if name in changed else source.read(name)
            if part is not None:
                target.writestr(name, part)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    """A part of a ZIP file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def picture(
    kind: str = "PNG",
    size: tuple[int, int] = (60, 30),
    color: Any = (200, 30, 30),
    mode: str = "RGB",
    **how: Any,
) -> bytes:
    """A picture of one colour."""
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, kind, **how)
    return file.getvalue()


def turned_photograph(orientation: int = 6, size: tuple[int, int] = (400, 200)) -> bytes:
    """A JPEG, red on the left as it lies in the file, blue on the right, and how to turn it."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, quality=95)
    return file.getvalue()


EVERY_KIND = {
    "pdf": lambda: picture("PDF"),
    "docx": word,
    "txt": lambda: TEXT.encode(),
    "png": picture,
    "jpg": lambda: picture("JPEG"),
}


def text_of(pdf: bytes) -> str:
    """All text of a PDF, page by page."""
    document = pypdfium2.PdfDocument(pdf)
    return "\f".join(page.get_textpage().get_text_range() for page in document)


def page_picture(pdf: bytes, number: int = 0, *, scale: float = 1.0) -> Image.Image:
    """A page as it is seen."""
    return pypdfium2.PdfDocument(pdf)[number].render(scale=scale).to_pil().convert("RGB")
