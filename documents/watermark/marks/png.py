"""PNG files whose samples go into a PDF unchanged (W3C PNG; ISO 32000-2, 7.4.4.4)."""

from __future__ import annotations

import struct

from .samples import PNG_SIGNATURE_BYTES, PNG_SPACES, png_samples

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .samples import Samples

HEADER = struct.Struct(">LLBBBBB")
BITS = (1, 2, 4, 8)


def as_it_is(data: bytes) -> Samples | None:
    """The picture without being compressed anew; None where a PDF cannot have it so.

    That is one that is interlaced, transparent, or has two bytes for each sample.
    """
    chunks = _chunks(data)
    if chunks is None or len(chunks.get("IHDR", b"")) != HEADER.size:
        return None
    width, height, bits, colour, _, _, interlace = HEADER.unpack(chunks["IHDR"])
    if interlace or bits not in BITS or colour not in PNG_SPACES or "tRNS" in chunks:
        return None
    palette = chunks.get("PLTE", b"") if PNG_SPACES[colour] == "Indexed" else b""
    # All that a sample can say must be in the palette.
    if PNG_SPACES[colour] == "Indexed" and not 3 <= len(palette) <= 3 << bits:
        return None
    return png_samples((width, height), bits, PNG_SPACES[colour], chunks["IDAT"], palette)


def _chunks(data: bytes) -> dict[str, bytes] | None:
    """The chunks that matter, those of the samples put together; None where the file breaks off."""
    found: dict[str, bytes] = {}
    parts: list[memoryview] = []
    view, at = memoryview(data), PNG_SIGNATURE_BYTES
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            return None
        body = view[at + 8 : at + 8 + length]
        if kind == b"IDAT":
            parts.append(body)
        elif kind in (b"IHDR", b"PLTE", b"tRNS"):
            found[kind.decode()] = bytes(body)
        elif kind == b"IEND":
            found["IDAT"] = b"".join(parts)
            return found
        at += length + 12
    return None
