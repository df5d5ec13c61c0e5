"""Lines whose glyphs are not simply their characters from left to right.

A line is cut into runs of one direction, script and font (UAX #9, UAX #24); HarfBuzz joins,
reorders and places the glyphs of each.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby

from ..errors import UnsupportedText
from .bidi import levels_of, visual_order
from .brackets import mirrored
from .font import NO_INK
from .harfbuzz import harfbuzz_font
from .layout import Glyph
from .scripts import clusters, is_drawn, is_plain, is_space

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from .choosing import FontChoice
    from .font import Font

    ShapedGlyph: TypeAlias = tuple[tuple[int, str], int, int, int, int]

# Marks upon marks: what people write stays far below, and glyf tables end at 16 em or so.
MOST_RISE_EM = 8.0
NO_SCRIPT = (None, "Zyyy", "Zinh", "Zzzz")


class Run:
    """Characters ``start`` to ``end`` of a line: one direction, script and font."""

    __slots__ = ("end", "font", "level", "script", "start")

    def __init__(self, start: int, end: int, level: int, script: str, font: Font) -> None:
        self.start = start
        self.end = end
        self.level = level
        self.script = script
        self.font = font


def shaped(row: str, fonts: FontChoice) -> list[Glyph]:
    """The glyphs of a line from left to right; raises UnsupportedText."""
    runs = runs_of(row, fonts)
    pen = 0.0
    glyphs: list[Glyph] = []
    for index in visual_order([run.level for run in runs]):
        pen = _place(row, runs[index], pen, glyphs)
    return glyphs


def runs_of(row: str, fonts: FontChoice) -> list[Run]:
    """The runs of a line, in the order of the text."""
    levels, scripts = levels_of(row), _scripts(row)
    runs: list[Run] = []
    place = 0
    for cluster in _drawable(row, fonts):
        end = place + len(cluster)
        last = runs[-1] if runs else None
        font = _font(cluster, last, fonts)
        look = (levels[place], scripts[place], font)
        if last and (last.level, last.script, last.font) == look:
            last.end = end
        else:
            runs.append(Run(place, end, *look))
        place = end
    return runs


def _drawable(row: str, fonts: FontChoice) -> Iterator[str]:
    """Characters with their marks; apart where no font has them together."""
    for cluster in clusters(row):
        yield from (cluster,) if fonts.font_for(cluster) else cluster


def _font(cluster: str, last: Run | None, fonts: FontChoice) -> Font:
    """The font of a character with its marks; a space stays in that of the word before."""
    if last and (is_space(cluster[0]) and last.font.glyph_of(cluster[0])):
        return last.font
    return fonts.font_for(cluster) or fonts.first


def _scripts(row: str) -> list[str]:
    """The script of each character (ISO 15924); common ones have that of their neighbour."""
    import uharfbuzz

    found: list[str | None] = []
    for character in row:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(character)
        buffer.guess_segment_properties()
        found.append(None if buffer.script in NO_SCRIPT else buffer.script)
    last = next((script for script in found if script), "Latn")
    scripts = []
    for script in found:
        last = script or last
        scripts.append(last)
    return scripts


def _place(row: str, run: Run, pen: float, glyphs: list[Glyph]) -> float:
    """Append a run's glyphs; gives where the pen is then."""
    text, font = row[run.start : run.end], run.font
    if run.level % 2 == 0 and is_plain(text):
        for character in filter(is_drawn, text):
            number = font.glyph_of(character)
            glyphs.append(Glyph(font, number, character, pen))
            pen += font.advance_of(number) / font.units_per_em
        return pen
    unit = 1 / font.units_per_em
    for cluster, found in groupby(_shape(row, run), lambda glyph: glyph[0]):
        parts = list(found)
        texts = _shared(cluster[1], len(parts), run)
        shared = cluster if len(parts) > len(cluster[1]) else None
        for (_, number, advance, x, y), own in zip(parts, texts, strict=True):
            if not number:
                raise UnsupportedText(characters=list(dict.fromkeys(cluster[1])))
            if abs(y * unit) > MOST_RISE_EM:
                raise UnsupportedText("The text has a letter with too many marks on it.")
            if advance or font.bounds_of(number) != NO_INK:
                place = (pen + x * unit, y * unit)
                glyphs.append(Glyph(font, number, own, *place, shared))
            pen += advance * unit
    return pen


def _shape(row: str, run: Run) -> list[ShapedGlyph]:
    """Glyphs from left to right: cluster, number, advance and offsets in font units."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(row, run.start, run.end - run.start)  # what stands around it counts for joining
    buffer.direction = "rtl" if run.level % 2 else "ltr"
    buffer.script = run.script
    uharfbuzz.shape(harfbuzz_font(run.font), buffer)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    starts = sorted({info.cluster for info in infos})
    ends = dict(zip(starts, [*starts[1:], run.end], strict=True))
    return [
        (
            (info.cluster, row[info.cluster : ends[info.cluster]]),
            info.codepoint,
            place.x_advance,
            place.x_offset,
            place.y_offset,
        )
        for info, place in zip(infos, positions, strict=True)
    ]


def _shared(text: str, count: int, run: Run) -> list[str]:
    """The characters of a cluster among its glyphs: one each, the rest with the last.

    A reader puts them together again in the order of the text, whatever each glyph looks like.
    """
    if len(text) < count:
        text = unicodedata.normalize("NFD", text)
    parts = list(text[: count - 1]) + [text[count - 1 :]]
    parts += [""] * (count - len(parts))
    return [mirrored(part) for part in reversed(parts)] if run.level % 2 else parts
