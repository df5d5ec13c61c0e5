"""Decoding streams (ISO 32000-2, 7.4), as far as content and cross-references need it.

Every function takes the most bytes it may give: what decodes to more may be a bomb.
"""

from __future__ import annotations

import zlib
from itertools import accumulate

from .lexer import NAME, TOKEN, array_items, dictionary_at, unescaped, whole_number
from .unreadable import Unreadable

# A damaged Flate stream gives up what stands before the damage only when it is fed in bites.
BITE_BYTES = 256
ZLIB_HEADER_BYTES = 2
MOST_COLUMNS = 1 << 16
LOW_BYTE = (255).__and__

SHORT_NAMES = {
    b"/Fl": b"/FlateDecode",
    b"/AHx": b"/ASCIIHexDecode",
    b"/A85": b"/ASCII85Decode",
    b"/LZW": b"/LZWDecode",
    b"/RL": b"/RunLengthDecode",
}


def filters_of(text: bytes | None) -> list[bytes]:
    """The names of a ``Filter`` entry, which may be one name or an array."""
    if text is None or text == b"null":
        return []
    names = list(array_items(text)) if text[:1] == b"[" else [text]
    for name in names:
        token = TOKEN.fullmatch(name)
        if token is None or token.lastindex != NAME:
            raise Unreadable("a filter is no name")
    plain = [unescaped(name) for name in names]
    return [SHORT_NAMES.get(name, name) for name in plain]


def parameters_of(text: bytes | None, count: int) -> list[bytes | None]:
    """The texts of a ``DecodeParms`` entry, one for each filter."""
    if text is None or text == b"null":
        return [None] * count
    given: list[bytes | None] = list(array_items(text)) if text[:1] == b"[" else [text]
    given = [None if each == b"null" else each for each in given]
    return given[:count] + [None] * (count - len(given))


def decoded(
    data: bytes, filters: list[bytes], parameters: list[bytes | None], most: int
) -> tuple[bytes, bool]:
    """The data behind its filters, and whether all of it could be decoded.

    Raises Unreadable for filters of pictures, which are no content, and for what is too much.
    """
    is_whole = True
    for name, text in zip(filters, parameters, strict=True):
        if name == b"/FlateDecode":
            data, whole = inflated(data, most)
            is_whole = is_whole and whole
        else:
            data = _other(name, data, text)
        if len(data) > most:
            raise Unreadable("a stream decodes to too much")
        if text is not None:
            data = _unpredicted(data, text)
    return data, is_whole


def inflated(data: bytes, most: int) -> tuple[bytes, bool]:
    """What Flate data gives, and whether that is all."""
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, most + 1)
        if inflater.eof or inflater.unconsumed_tail:
            return out, True
    except zlib.error:
        pass
    return _inflated_until_damage(data[ZLIB_HEADER_BYTES:], most + 1)


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


def _other(name: bytes, data: bytes, parameters: bytes | None) -> bytes:
    """The filters that new files hardly have, read by pypdf."""
    from pypdf import filters
    from pypdf.errors import PyPdfError

    try:
        if name == b"/ASCIIHexDecode":
            return bytes(filters.ASCIIHexDecode.decode(data))
        if name == b"/ASCII85Decode":
            return bytes(filters.ASCII85Decode.decode(data))
        if name == b"/LZWDecode":
            if parameters and _parameter(dictionary_at(parameters).get(b"/EarlyChange"), 1) != 1:
                raise Unreadable("codes that grow late are not known")
            return bytes(filters.LZWDecode.decode(data))
        if name == b"/RunLengthDecode":
            return bytes(filters.RunLengthDecode.decode(data))
    except (PyPdfError, ValueError, IndexError, KeyError, AssertionError) as error:
        raise Unreadable("a stream cannot be decoded") from error
    raise Unreadable("a filter is not known")


def _unpredicted(data: bytes, text: bytes) -> bytes:
    """The data before it was predicted (7.4.4.4)."""
    entries = dictionary_at(text)
    predictor = _parameter(entries.get(b"/Predictor"), 1)
    if predictor == 1:
        return data
    bits = _parameter(entries.get(b"/BitsPerComponent"), 8) * _parameter(entries.get(b"/Colors"), 1)
    columns = _parameter(entries.get(b"/Columns"), 1)
    if predictor < 10 or bits != 8 or not 0 < columns <= MOST_COLUMNS:
        raise Unreadable("a predictor is not known")
    return png_unpredicted(data, columns)


def _parameter(text: bytes | None, default: int) -> int:
    return default if text is None else whole_number(text, "a filter's parameter")


def png_unpredicted(data: bytes, columns: int) -> bytes:
    """Rows of bytes before PNG's filters, each row led by the filter's number.

    Cross-reference streams use filter 2 (Up) alone, which is undone a column at a time.
    """
    width = columns + 1
    rows = len(data) // width
    if data[: rows * width : width] == b"\x02" * rows:
        out = bytearray(rows * columns)
        for column in range(columns):
            sums = accumulate(data[column + 1 : rows * width : width])
            out[column::columns] = bytes(map(LOW_BYTE, sums))
        return bytes(out)
    from .png_rows import unfiltered

    return unfiltered(data, columns)
