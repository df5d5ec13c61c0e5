"""Typeset text as the operators that show it (ISO 32000-2, 9.4)."""

from __future__ import annotations

from itertools import groupby

from ..syntax.values import number, written

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..syntax.values import Value
    from .embedding import EmbeddedFont, EmbeddedFonts
    from .font import Font
    from .layout import Glyph, Line, TypesetText

# Whatever the page left behind: spacing, scaling, rise and mode as a new page has them (9.3).
PLAIN_STATE = b"0 Tc 0 Tw 100 Tz %d Tr 0 Ts"
FILLS, CLIPS = 0, 7  # text rendering modes (table 104)
OUTLINE_WIDTH = 0.03  # of the font size: as much bolder as bold faces are
NEGLIGIBLE = 0.05  # per mille of an em


class Letters:
    """Operators that show lines in one size, and the fonts that they name."""

    __slots__ = ("_embedded", "_has_begun", "_is_bold", "_names", "_size")

    def __init__(self, size: float, embedded: EmbeddedFonts, *, is_bold: bool = False) -> None:
        """``is_bold``: glyphs of fonts that have no bold face are drawn with their outline too."""
        self._is_bold = is_bold
        self._embedded = embedded
        self._names: dict[int, tuple[str, EmbeddedFont]] = {}
        self._size = size
        self._has_begun = False

    @property
    def fonts(self) -> Mapping[str, Value]:
        """The Font resources."""
        return {name: font.ref for name, font in self._names.values()}

    def line(self, line: Line, x: float, y: float) -> list[bytes]:
        """The operators of a line that begins at a place, given in em; between BT and ET."""
        rows = [b"1 0 0 1 %b %b Tm" % (number(x * self._size), number(y * self._size))]
        pen = 0.0
        for cluster, glyphs in groupby(line.glyphs, lambda glyph: glyph.cluster):
            if cluster:  # the text as a whole is what to read (14.9.4)
                rows.append(b"/Span <</ActualText %b>> BDC" % written(cluster[1]))
            for _, run in groupby(glyphs, _level):
                pen = self._run(list(run), pen, rows)
            if cluster:
                rows.append(b"EMC")
        return rows

    def plain(self, codes: Sequence[tuple[Font, int]], x: float, y: float) -> list[bytes]:
        """The same of a line whose letters stand one behind the other: their fonts and codes."""
        rows = [b"1 0 0 1 %b %b Tm" % (number(x * self._size), number(y * self._size))]
        for font, run in groupby(codes, lambda code: code[0]):
            name, _ = self._font_named(font)
            rows.append(b"/%b %b Tf" % (name.encode(), number(self._size)))
            rows.append(b"<%b> Tj" % b"".join([b"%04X" % code for _, code in run]))
        return rows

    def _run(self, glyphs: Sequence[Glyph], pen: float, rows: list[bytes]) -> float:
        """Show glyphs of one font and height; gives where the pen is then, in em."""
        name, font = self._font_named(glyphs[0].font)
        rows.append(b"/%b %b Tf" % (name.encode(), number(self._size)))
        is_outlined = self._is_bold and not font.font.is_bold
        if is_outlined:
            rows.append(b"2 Tr 1 j %b w" % number(OUTLINE_WIDTH * self._size))
        rise = _level(glyphs[0])[1]
        if rise:
            rows.append(b"%b Ts" % number(rise * self._size))
        parts, codes = [] if self._has_begun else self._space_before(font), b""
        self._has_begun = True
        for glyph in glyphs:
            gap = 1000 * (pen - glyph.x)
            if abs(gap) > NEGLIGIBLE:
                parts += [b"<%b>" % codes] if codes else []
                parts.append(number(gap))
                pen, codes = glyph.x, b""
            codes += b"%04X" % font.code_of(glyph.number, glyph.text, _raise(glyph))
            pen += font.width_of(glyph.number) / 1000
        parts.append(b"<%b>" % codes)
        rows.append(b"%b Tj" % parts[0] if len(parts) == 1 else b"[%b] TJ" % b" ".join(parts))
        if rise:
            rows.append(b"0 Ts")
        if is_outlined:
            rows.append(b"0 Tr")
        return pen

    def _space_before(self, font: EmbeddedFont) -> list[bytes]:
        """A space that takes no room. Text that the page ends with is no part of this text.

        Where a page ends with a hyphen, readers such as pdfium would join the two.
        """
        space = font.font.glyph_of(" ")
        if not space:
            return []
        return [b"<%04X>" % font.code_of(space, " "), number(font.width_of(space))]

    def _font_named(self, font: Font) -> tuple[str, EmbeddedFont]:
        key = id(font)
        if key not in self._names:
            self._names[key] = (f"F{len(self._names)}", self._embedded.of(font))
        return self._names[key]


class Shown(Letters):
    """The operators of a text around the origin, and the fonts that they name."""

    __slots__ = ("data",)

    def __init__(
        self,
        text: TypesetText,
        size: float,
        leaning: float,
        embedded: EmbeddedFonts,
        *,
        is_bold: bool = False,
        clips: bool = False,
    ) -> None:
        """``leaning``: 0 sets short lines to the left, 0.5 to the middle, 1 to the right.

        ``clips``: the letters are not drawn, but what follows is seen through them alone.
        """
        super().__init__(size, embedded, is_bold=is_bold and not clips)
        middle = (text.top + text.bottom) / 2
        rows = [b"BT", PLAIN_STATE % (CLIPS if clips else FILLS)]
        for line in text.lines:
            start = -text.width / 2 + leaning * (text.width - line.width) - line.left
            rows += self.line(line, start, line.baseline - middle)
        self.data = b"\n".join([*rows, b"ET\n"])


def _level(glyph: Glyph) -> tuple[int, float]:
    """The font, and how high above the line to show the glyph, in em."""
    return id(glyph.font), 0.0 if glyph.font.raises_glyphs else glyph.y


def _raise(glyph: Glyph) -> int:
    """How much higher the font itself has the glyph, in font units."""
    return round(glyph.y * glyph.font.units_per_em) if glyph.font.raises_glyphs else 0
