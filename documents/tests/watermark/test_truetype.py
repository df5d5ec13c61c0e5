"""Our subsets are fonts that others accept and that draw the same outlines."""

from __future__ import annotations

import io

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from documents.watermark.typeset import FONT_FILE, text_font

TEXT = "CONFIDENTIAL Ǻ ö ż ΐ й ½ fi Ω"


def outlines(font: TTFont, glyph: str) -> list[object]:
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    return pen.value


@pytest.fixture(scope="module")
def theirs() -> TTFont:
    return TTFont(FONT_FILE)


def test_reads_what_others_read(theirs):
    ours, names = text_font(), theirs.getBestCmap()
    for character in TEXT:
        name = names[ord(character)]
        assert ours.glyph_of(character) == theirs.getGlyphID(name)
        assert ours.advance_of(ours.glyph_of(character)) == theirs["hmtx"][name][0]
    assert ours.glyph_of("\U0001f512") == ours.glyph_of("机") == 0


def test_subset_draws_the_same(theirs):
    ours, names = text_font(), theirs.getBestCmap()
    data, numbers = ours.subset(map(ours.glyph_of, TEXT))
    subset = TTFont(io.BytesIO(data), checkChecksums=2)
    assert len(data) < 10_000
    assert subset["maxp"].numGlyphs == len(numbers) == len(subset["loca"]) - 1
    for character in TEXT:
        name = subset.getGlyphName(numbers[ours.glyph_of(character)])
        assert outlines(subset, name) == outlines(theirs, names[ord(character)])
        assert subset["hmtx"][name] == theirs["hmtx"][names[ord(character)]]


def test_subset_is_always_the_same():
    glyphs = [text_font().glyph_of(character) for character in TEXT]
    assert text_font().subset(glyphs) == text_font().subset(reversed(glyphs))
