"""Text as it is typeset: glyphs at their places, lines, and the ink of all; lengths in em."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .font import Font


class Glyph:
    """A glyph of a font, the part of the text that it stands for, and where its origin is.

    ``cluster`` is for glyphs that are more than their characters: where in the line those
    characters are, and what they are.
    """

    __slots__ = ("cluster", "font", "number", "text", "x", "y")

    def __init__(
        self,
        font: Font,
        number: int,
        text: str,
        x: float,
        y: float = 0.0,
        cluster: tuple[int, str] | None = None,
    ) -> None:
        self.font = font
        self.number = number
        self.text = text
        self.x = x
        self.y = y
        self.cluster = cluster


class Line:
    """Glyphs on one baseline, from left to right, and the text in its own order.

    ``left`` is where the ink begins, from where the pen does, and ``width`` how far it reaches.
    """

    __slots__ = ("baseline", "glyphs", "left", "text", "width")

    def __init__(self, text: str, glyphs: Sequence[Glyph], baseline: float) -> None:
        self.text = text
        self.glyphs = glyphs
        self.baseline = baseline
        edges = [edge for glyph in glyphs for edge in _ink(glyph, 0, glyph.x)]
        self.left = min(edges, default=0.0)
        self.width = max(edges, default=0.0) - self.left

    def vertical_ink(self) -> Iterator[float]:
        """The lower and the upper edge of each glyph, from the first line's baseline."""
        for glyph in self.glyphs:
            yield from _ink(glyph, 1, self.baseline + glyph.y)


def _ink(glyph: Glyph, axis: int, origin: float) -> tuple[float, ...]:
    """Where a glyph's ink begins and ends along an axis; empty where it has none."""
    font = glyph.font
    bounds = font.bounds_of(glyph.number)
    if bounds[0] == bounds[2]:
        return ()
    low, high = bounds[axis], bounds[axis + 2]
    return origin + low / font.units_per_em, origin + high / font.units_per_em


class TypesetText:
    """Lines of text, the first one's baseline at 0, and the box of their ink."""

    __slots__ = ("bottom", "lines", "top", "width")

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        edges = [edge for line in lines for edge in line.vertical_ink()]
        self.width = max((line.width for line in lines), default=0.0)
        self.bottom = min(edges, default=0.0)
        self.top = max(edges, default=0.0)

    @property
    def height(self) -> float:
        """From the lowest ink to the highest."""
        return self.top - self.bottom
