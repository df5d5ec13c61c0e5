"""Glyph descriptions of a ``glyf`` table, as bytes (OpenType 1.9, "glyf")."""

from __future__ import annotations

import struct

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .font import Bounds

# Flags of a composite glyph's component.
ARGUMENTS_ARE_WORDS = 0x0001
ARGUMENTS_ARE_OFFSETS = 0x0002
HAS_SCALE = 0x0008
MORE_COMPONENTS = 0x0020
HAS_XY_SCALE = 0x0040
HAS_TWO_BY_TWO = 0x0080
HAS_INSTRUCTIONS = 0x0100


def is_composite(outline: bytes) -> bool:
    """Whether the glyph is put together of others."""
    return len(outline) >= 10 and outline[0] >= 0x80


def components(outline: bytes) -> Iterator[tuple[int, int, int]]:
    """Position, glyph and flags of each part of a composite glyph; none of another."""
    if not is_composite(outline):
        return
    position, flags = 10, MORE_COMPONENTS
    while flags & MORE_COMPONENTS and position + 4 <= len(outline):
        flags, glyph = struct.unpack_from(">HH", outline, position)
        yield position, glyph, flags
        position = _after_component(position, flags)


def _after_component(position: int, flags: int) -> int:
    position += 8 if flags & ARGUMENTS_ARE_WORDS else 6
    if flags & HAS_SCALE:
        return position + 2
    if flags & HAS_XY_SCALE:
        return position + 4
    return position + 8 if flags & HAS_TWO_BY_TWO else position


def unhinted(outline: bytes) -> bytes:
    """An outline without its instructions, of a length that is a multiple of four."""
    if len(outline) < 10:
        return b""
    if is_composite(outline):
        plain, end = bytearray(outline), len(outline)
        for position, _, flags in components(outline):
            struct.pack_into(">H", plain, position, flags & ~HAS_INSTRUCTIONS)
            end = _after_component(position, flags)
        outline = bytes(plain[:end])
    else:
        place = 10 + 2 * struct.unpack_from(">h", outline)[0]
        size = struct.unpack_from(">H", outline, place)[0]
        outline = outline[:place] + b"\0\0" + outline[place + 2 + size :]
    return outline + b"\0" * (-len(outline) % 4)


def raised(bounds: Bounds, number: int, rise: int) -> bytes:
    """A composite outline that shows glyph ``number``, whose ink has these bounds, higher up."""
    left, bottom, right, top = bounds
    flags = ARGUMENTS_ARE_WORDS | ARGUMENTS_ARE_OFFSETS
    parts = struct.pack(">HHhh", flags, number, 0, rise)
    return struct.pack(">5h", -1, left, bottom + rise, right, top + rise) + parts + b"\0\0"


def renumbered(outline: bytes, numbers: Mapping[int, int]) -> bytes:
    """A composite outline whose parts have these numbers."""
    if not is_composite(outline):
        return outline
    changed = bytearray(outline)
    for position, glyph, _ in components(outline):
        struct.pack_into(">H", changed, position + 2, numbers[glyph])
    return bytes(changed)
