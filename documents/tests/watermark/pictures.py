"""Pictures as marks: files made in memory, and what of them is to be seen."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

from documents.tests.watermark.mark_pages import SIDE, colour_at, page_with
from documents.tests.watermark.rendering import rendered
from documents.watermark.marks.image import ImageMark
from documents.watermark.marks.mark import MarkContext

RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
YELLOW = [255, 255, 0]
BLUE_PAGE = b"0 0 1 rg 0 0 200 200 re f"
CORNERS = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def quarters(mode: str = "RGB", side: int = 80) -> Image.Image:
    """Red, green, blue and yellow, from the upper left in reading order."""
    image = Image.new("RGB", (side, side))
    half = side // 2
    for colour, place in zip(
        (RED, GREEN, BLUE, YELLOW), ((0, 0), (half, 0), (0, half), (half, half)), strict=True
    ):
        image.paste(tuple(colour), (*place, place[0] + half, place[1] + half))
    return image if mode == "RGB" else image.convert(mode)


def saved(image: Image.Image, kind: str, **how: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file


def shown(
    file: io.BytesIO,
    *,
    opacity: float = 1.0,
    background: bytes = b"",
    scale: float = 1.0,
    context: MarkContext | None = None,
):
    """The part of the page that the picture takes, its form and its objects."""
    page, form, objects = page_with(
        lambda objects, context: ImageMark(file, opacity=opacity, objects=objects, context=context),
        background=background,
        scale=scale,
        context=context,
    )
    width, height = (min(round(length * scale), SIDE) for length in (form.width, form.height))
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    return rendered(page)[top : top + height, left : left + width], form, objects


def corners(pixels: np.ndarray) -> list[list[int]]:
    return [colour_at(pixels, *place) for place in CORNERS]


def close(one: object, other: object, by: int = 6) -> bool:
    return bool(np.abs(np.array(one) - np.array(other)).max() <= by)


def palette_picture() -> Image.Image:
    return quarters().quantize(4)


def grey_16_bit_png() -> io.BytesIO:
    """Left half dark, right half light, as 16-bit samples."""
    row = b"\0" + struct.pack(">80H", *[0x2000] * 40, *[0xC000] * 40)
    return io.BytesIO(png(b"".join([row] * 80), 80, 80, bits=16, colour=0))


def png(rows: bytes, width: int, height: int, *, bits: int, colour: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
