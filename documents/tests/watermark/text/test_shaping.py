"""Scripts that join, reorder, stack or run leftwards, glyph by glyph."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.watermark.errors import UnsupportedText
from documents.watermark.text.choosing import FOLDER, FontChoice
from documents.watermark.text.layout import Line
from documents.watermark.text.scripts import is_plain
from documents.watermark.text.typesetting import typeset


@cache
def glyph_names(font: str) -> list[str]:
    path = Path(FOLDER) / f"{font}.ttf"
    return TTFont(path, lazy=True).getGlyphOrder()


def line_of(text: str) -> Line:
    return typeset(text, FontChoice()).lines[0]


def names_of(text: str) -> list[str]:
    """The names of the glyphs from left to right."""
    return [glyph_names(glyph.font.name())[glyph.number] for glyph in line_of(text).glyphs]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # seen at the start of its word, reh at the end of a join, yeh alone
        ("سري", ["uni064A", "uniFEAE", "uniFEB3"]),
        ("لا", ["uniFEFB"]),  # lam and alef become one
        ("بب ب", ["uni0628", "space", "uniFE90", "uniFE91"]),
        # the vowel sign i is drawn before ka, which joins ssa
        ("क्षि", ["ivowelsign06deva", "kassadeva"]),
        ("र्क", ["kadeva", "rephdeva"]),  # ra becomes a hook over ka
        ("கே", ["eevowelsigntamil", "katamil"]),
        ("கோ", ["eevowelsigntamil", "katamil", "aavowelsigntamil"]),  # on both sides
        ("ที่ปู่", ["uni0E17", "uni0E35", "uni0E48.small", "uni0E1B", "uni0E39", "uni0E48.narrow"]),
        ("ខ្មែ", ["uni17C2", "uni1781", "uni17D21798"]),
        ("שלום", ["uni05DD", "uni05D5", "uni05DC", "uni05E9"]),
    ],
)
def test_glyphs_are_those_of_the_script(text, names):
    assert names_of(text) == names


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("שלום ABC 12", "ABC 12 םולש"),
        ("ABC שלום 12", "ABC 12 םולש"),
        ("מס' 12-34", "12-34 'סמ"),
        ("(א) [ב]", "]ב[ )א("),  # brackets turn round, so that they are read as given
        ("A (שלום) B", "A (םולש) B"),
        ("עמוד 3 מתוך 17", "17 ךותמ 3 דומע"),
        ("\u202eabc\u202c x", "cba x"),  # overridden, the controls leave nothing
    ],
)
def test_characters_stand_in_their_visual_order(text, seen):
    glyphs = line_of(text).glyphs
    assert "".join(glyph.text for glyph in glyphs) in (seen, seen.translate(TURNED))
    places = [glyph.x for glyph in glyphs]
    assert places == sorted(places)


TURNED = str.maketrans("()[]", ")(][")


def test_brackets_are_drawn_turned_round_in_text_from_right_to_left():
    font = FontChoice().first
    left, right = font.glyph_of("("), font.glyph_of(")")
    assert [g.number for g in line_of("(א)").glyphs if g.font is font] == [left, right]
    assert [g.number for g in line_of("א(").glyphs if g.font is font] == [right]


def test_marks_stand_over_and_under_their_letters():
    base, mark = (line_of("سَ").glyphs[at] for at in (1, 0))
    bounds = mark.font.bounds_of(mark.number)
    middle = mark.x + (bounds[0] + bounds[2]) / 2 / mark.font.units_per_em
    assert 0 < middle < base.font.advance_of(base.number) / base.font.units_per_em
    assert line_of("q\u0307").glyphs[1].x < line_of("qx").glyphs[1].x


def test_plain_characters_are_letters_without_marks_from_left_to_right():
    plain = filter(is_plain, map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    for character in plain:
        assert unicodedata.category(character)[0] != "M" or "\ufe00" <= character <= "\ufe0f"
        assert unicodedata.bidirectional(character) in PLAIN_DIRECTIONS


PLAIN_DIRECTIONS = {"", "L", "EN", "ES", "ET", "CS", "BN", "B", "S", "WS", "ON", "NSM"}


@pytest.mark.parametrize("text", ["a\u0903", "Ж\u0327", "א\u0e48"])
def test_marks_of_other_scripts_are_drawn_in_their_own_font(text):
    assert "".join(sorted(glyph.text for glyph in line_of(text).glyphs)) == "".join(sorted(text))


def test_signs_around_numbers_are_drawn():
    assert "\u06dd" in "".join(glyph.text for glyph in line_of("\u06dd\u0661").glyphs)


def test_plain_letters_are_alike_in_every_company():
    alone = [glyph.number for glyph in line_of("AVAfi").glyphs]
    beside = [glyph.number for glyph in line_of("AVAfi שלום").glyphs]
    assert beside[:5] == alone


def test_towers_of_marks_are_refused():
    assert typeset("a" + "\u0301" * 30, FontChoice())
    with pytest.raises(UnsupportedText, match="too many marks"):
        typeset("a" + "\u0301" * 100, FontChoice())


@pytest.mark.parametrize("text", ["e\u0301\u0323", "क\u200dष", "ا\u200c\u200cب", "A\u200d\ufe0fB"])
def test_controls_leave_nothing_but_their_effect(text):
    assert all(glyph.font.bounds_of(glyph.number) != (0, 0, 0, 0) for glyph in line_of(text).glyphs)


@pytest.mark.parametrize("text", ["\u0301", "\u200fא\u0301\u0301", "\u0903", "\u0e48\u0e48", "ाि्"])
def test_marks_without_a_letter_are_drawn_or_refused(text):
    try:
        assert line_of(text).glyphs
    except UnsupportedText as refused:
        assert refused.characters or "nothing" in refused.message


SIGNS = st.one_of(
    st.sampled_from("A1 .(\u0301\u200d\u200f\u202e\u2067\ufe0f\n"),
    st.sampled_from("سلاَُ١ שׁםֹ कर्षि்கொ ทีู ខ្មែ မြန် བོད 机か한ᄀ"),
    st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]),
)


@settings(max_examples=150)
@given(st.text(SIGNS, min_size=1, max_size=20))
def test_any_text_is_typeset_or_refused(text: str):
    try:
        laid = typeset(text, FontChoice())
    except UnsupportedText:
        return
    assert laid.width >= 0 and laid.height > 0
    glyphs = [glyph for line in laid.lines for glyph in line.glyphs]
    assert all(0 < glyph.number < glyph.font.glyph_count for glyph in glyphs)
