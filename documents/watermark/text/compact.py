"""Fonts with outlines in a ``CFF`` table (OpenType 1.9, "CFF"): an integrator's own.

HarfBuzz measures them and cuts programs out of them; none of the product's fonts is of this kind.
"""

from __future__ import annotations

import struct

from ..syntax.values import Name
from .font import NO_INK, Font, Program
from .sfnt import BadFont

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .font import Bounds, Cut

MAXIMUM_CODE = 0xFFFF


class CompactFont(Font):
    """One font with outlines in a ``CFF`` table. A subset keeps the numbers of its glyphs."""

    subtype = "CIDFontType0"
    keeps_numbers = True

    def measured(self, glyph: int) -> Bounds:
        from .harfbuzz import harfbuzz_font

        extents = harfbuzz_font(self).get_glyph_extents(glyph)
        if extents is None or not extents.width or not extents.height:
            return NO_INK
        left, top = extents.x_bearing, extents.y_bearing
        return left, top + extents.height, left + extents.width, top

    def program(self, glyphs: Sequence[Cut]) -> Program:
        """The bare CFF table: its character identifiers are the numbers of its glyphs."""
        import uharfbuzz

        from .harfbuzz import harfbuzz_font

        numbers = {glyph for glyph, _ in glyphs}
        wanted = uharfbuzz.SubsetInput()
        wanted.glyph_set.update(numbers)
        flags = uharfbuzz.SubsetFlags
        wanted.flags = (
            flags.RETAIN_GIDS
            | flags.NO_HINTING
            | flags.NO_LAYOUT_CLOSURE
            | flags.CFF_IDENTITY_CHARSET
            | flags.NOTDEF_OUTLINE
        )
        try:
            face = uharfbuzz.subset(harfbuzz_font(self).face, wanted)
            data = face.reference_table("CFF ").data
        except (RuntimeError, ValueError, struct.error) as error:
            raise BadFont("no subset could be made of it") from error
        if not data:
            raise BadFont("no subset could be made of it")
        return Program("FontFile3", {"Subtype": Name("CIDFontType0C")}, bytes(data), numbers)
