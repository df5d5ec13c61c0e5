"""Our fonts as HarfBuzz takes them, made when first needed."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    import uharfbuzz

    from .font import Font


def harfbuzz_font(font: Font) -> uharfbuzz.Font:
    """The same font for HarfBuzz, whose lengths are font units too."""
    if font.for_harfbuzz is None:
        import uharfbuzz

        face = uharfbuzz.Face(bytes(font.tables.data), font.tables.index)
        font.for_harfbuzz = uharfbuzz.Font(face)
    return font.for_harfbuzz
