"""What a page dictionary says, read so that nothing in it can surprise (ISO 32000-2, 7.7.3.3)."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

from .placement.geometry import Box, PageGeometry, ordered_box, page_geometry

if TYPE_CHECKING:
    import pikepdf

# Content beyond this is not read to see whether it is balanced: it may be a decompression bomb.
MOST_CONTENT_BYTES = 32 << 20
# A damaged Flate stream gives up what stands before the damage only when it is fed in bites.
BITE_BYTES = 256
ZLIB_HEADER_BYTES = 2


def geometry_of(page: pikepdf.Dictionary) -> PageGeometry:
    """The page's geometry; inherited entries must have been brought down to the page."""
    return page_geometry(
        _box(page.get("/MediaBox")),
        _box(page.get("/CropBox")),
        _number(page.get("/Rotate"), 0.0),
        _number(page.get("/UserUnit"), 1.0),
    )


def media_box(page: pikepdf.Dictionary) -> Box:
    """The page's media box, or what stands for it."""
    box = _box(page.get("/MediaBox"))
    return box if box and not box.is_empty else geometry_of(page).box


def _box(value: object) -> Box | None:
    import pikepdf

    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    return ordered_box([_number(item, math.nan) for item in value])


def _number(value: object, default: float) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # anything that is no number raises below
    except (TypeError, ValueError, ArithmeticError):
        return default


def content_streams(page: pikepdf.Dictionary) -> list[pikepdf.Stream]:
    """The page's content streams in order; what is no stream has nothing to say."""
    import pikepdf

    contents = page.get("/Contents")
    if isinstance(contents, pikepdf.Stream):
        return [contents]
    if isinstance(contents, pikepdf.Array):
        return [part for part in contents if isinstance(part, pikepdf.Stream)]
    return []


def decoded(streams: list[pikepdf.Stream]) -> tuple[bytes | None, bool]:
    """The content of streams taken together, and whether all of it could be decoded.

    None for the content when it is too much to look at.
    """
    parts, left, whole = [], MOST_CONTENT_BYTES, True
    for stream in streams:
        part, complete = _decoded(stream, left)
        parts.append(part)
        left -= len(part)
        whole = whole and complete
        if left <= 0:
            return None, whole
    return b"\n".join(parts), whole


def _decoded(stream: pikepdf.Stream, most: int) -> tuple[bytes, bool]:
    import pikepdf

    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    try:
        if filters == "/FlateDecode" and "/DecodeParms" not in stream:
            return _inflated(stream.read_raw_bytes(), most)
        return stream.read_bytes(), True
    except pikepdf.PikepdfError:
        return b"", False


def _inflated(data: bytes, most: int) -> tuple[bytes, bool]:
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, most)
        if inflater.eof or inflater.unconsumed_tail:
            return out, True
    except zlib.error:
        pass
    return _inflated_until_damage(data[ZLIB_HEADER_BYTES:], most)


def _inflated_until_damage(data: bytes, most: int) -> tuple[bytes, bool]:
    """All that bare Deflate data gives, and whether that is all: only its checksum was wrong."""
    inflater, out = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    for start in range(0, len(data), BITE_BYTES):
        bite, before = data[start : start + BITE_BYTES], inflater.copy()
        try:
            out += inflater.decompress(bite, most)
        except zlib.error:
            out += _last_bytes(before, bite)
            return bytes(out), False
        if len(out) >= most or inflater.eof:
            break
    return bytes(out), inflater.eof


def _last_bytes(inflater: zlib._Decompress, bite: bytes) -> bytes:
    """What comes before the damage in a bite that holds it."""
    out = bytearray()
    try:
        for index in range(len(bite)):
            out += inflater.decompress(bite[index : index + 1])
    except zlib.error:
        pass
    return bytes(out)
