"""Marks of text: what a reader draws, finds, and how it is embedded."""

from __future__ import annotations

import io

import numpy as np
import pypdf
import pytest
from fontTools.ttLib import TTFont

from documents.tests.watermark.rendering import rendered, text_of
from documents.tests.watermark.text.drawing import HEIGHT, WIDTH, Objects, drawn
from documents.tests.watermark.text.plain_objects import Look
from documents.watermark.errors import UnsupportedText
from documents.watermark.marks.mark import MarkContext
from documents.watermark.marks.text import TextMark
from documents.watermark.spec import MarkSpec
from documents.watermark.text.checking import check_text
from documents.watermark.text.truetype import TrueTypeFont

BLOCKS = "█" * 6  # U+2588, all ink


def ink(data: bytes, page: int = 0) -> np.ndarray:
    """Which pixels of a page are dark."""
    return rendered(data, page).min(axis=2) < 128


def box(data: bytes) -> tuple[int, int, int, int]:
    """The ink's left, top, right and bottom edge in points."""
    rows, columns = np.nonzero(ink(data))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def pypdf_text(data: bytes) -> str:
    return pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()


def fonts_of(data: bytes) -> list[pypdf.generic.DictionaryObject]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    objects = (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
    return [each for each in objects if isinstance(each, dict) and each.get("/Type") == "/Font"]


@pytest.mark.parametrize(
    "text",
    [
        "CONFIDENTIAL",
        "Größe ñandú Łódź",
        "Строго конфиденциально",
        "Απόρρητο",
        "Հայերեն ქართული",
        "2026 — № 7 • 50 % €",
        "(par\\en) <&> [x]",
        "机密 草案 DRAFT",
        "機密コピー ひらがな",
        "비밀 문서",
        "गोपनीय दस्तावेज़ क्षि",
        "ลับมาก ที่นี่",
        "বিজ্ঞান తెలుగు ಕನ್ನಡ",
        "മലയാളം සිංහල",
        "★ ☎ ⚖ ♻ 🔒",
    ],
)
def test_text_is_drawn_and_found(text):
    data = drawn(text)
    assert ink(data).sum() > 100
    assert text_of(data).strip() == pypdf_text(data).strip() == text


@pytest.mark.parametrize(
    "text", ["سري للغاية 2026", "שלום (עולם) ABC", "مستند لِلَّهِ", "SECRET سري ABC", "ខ្មែរ"]
)
def test_text_is_found_in_its_own_order(text):
    assert text_of(drawn(text)).strip() == text


@pytest.mark.parametrize(
    ("text", "named"),
    [("top \U0001f9ff", "\U0001f9ff"), ("\ue123", "\ue123"), ("a\u0378b", "\u0378"), ("𠀀", "𠀀")],
)
def test_characters_that_nothing_draws_are_named(text, named):
    with pytest.raises(UnsupportedText) as caught:
        drawn(text)
    assert caught.value.characters == (named,)
    with pytest.raises(UnsupportedText):
        check_text(text)


def test_check_passes_over_variables():
    check_text("{{page}} of {{pages}}")
    check_text("{{ recipient.name }}\nسري")
    with pytest.raises(UnsupportedText) as caught:
        check_text("{{page}} \ue123 \ue124 \ue123")
    assert caught.value.characters == ("\ue123", "\ue124")


@pytest.mark.parametrize("text", ["\u00a0", "\u200d", "\u2003\n "])
def test_text_without_ink_is_refused(text):
    with pytest.raises(UnsupportedText, match="nothing"):
        drawn(text)


def test_raised_glyphs_look_as_glyphs_that_are_raised(monkeypatch):
    text = "سَّ q\u0307 བོད"
    raised = drawn(text, font_size=60)
    monkeypatch.setattr(TrueTypeFont, "raises_glyphs", False)
    risen = drawn(text, font_size=60)
    assert len(raised) != len(risen)
    assert np.abs(rendered(raised) - rendered(risen)).max() <= 40  # at edges, by rounding
    assert (ink(raised) != ink(risen)).sum() <= 3


def test_size_is_the_size_of_the_ink():
    objects = Objects()
    mark = TextMark(Look("Hgf\nÅ", font_size=72), objects, MarkContext())
    form = mark.form(1, 1)
    mark.finish()
    left, top, right, bottom = box(objects.document([form]))
    assert right - left == pytest.approx(form.width, abs=1.5)
    assert bottom - top == pytest.approx(form.height, abs=1.5)
    assert (left + right) / 2 == pytest.approx(WIDTH / 2, abs=1)
    assert (top + bottom) / 2 == pytest.approx(HEIGHT / 2, abs=1)


@pytest.mark.parametrize(
    ("align", "position", "side"),
    [
        (None, "center", "center"),
        (None, "top_left", "left"),
        (None, "bottom_right", "right"),
        (None, "diagonal", "center"),
        ("left", "bottom_right", "left"),
        ("center", "top_left", "center"),
        ("right", "center", "right"),
    ],
)
def test_short_lines_lean_to_their_side(align, position, side):
    dark = ink(drawn("████████\n██", align=align, position=position))
    long, short = (np.nonzero(dark[rows].any(axis=0))[0] for rows in LINES)
    edges = {"left": short.min() - long.min(), "right": long.max() - short.max()}
    if side == "center":
        assert edges["left"] == pytest.approx(edges["right"], abs=1)
    else:
        assert edges[side] <= 1


LINES = (slice(HEIGHT // 2 - 20, HEIGHT // 2 - 10), slice(HEIGHT // 2 + 10, HEIGHT // 2 + 20))


def test_lines_stand_below_each_other():
    one, two = box(drawn("TEXT")), box(drawn("TEXT\nTEXT"))
    assert two[3] - two[1] == pytest.approx(one[3] - one[1] + 1.2 * 24, abs=1)
    assert two[2] - two[0] == pytest.approx(one[2] - one[0], abs=1)


def middle_pixel(data: bytes) -> list[int]:
    return rendered(data)[HEIGHT // 2, WIDTH // 2].tolist()


@pytest.mark.parametrize("opacity", [0.0, 0.3, 1.0])
def test_colour_is_mixed_as_far_as_it_is_see_through(opacity):
    data = drawn(BLOCKS, color="#ff0040", opacity=opacity)
    expected = [255, round(255 * (1 - opacity)), round(255 - (255 - 64) * opacity)]
    assert middle_pixel(data) == pytest.approx(expected, abs=2)


def test_overlapping_letters_are_not_darker_where_they_overlap():
    data = drawn("A\u0336B\u0336", opacity=0.5, font_size=72)
    darkest = rendered(data).min()
    assert darkest == pytest.approx(128, abs=2)


def test_opaque_mark_brings_no_transparency():
    objects = Objects()
    TextMark(Look("X"), objects, MarkContext()).form(1, 1)
    assert not any("Group" in e or "ca" in e for e in objects.entries.values())


def test_colours_are_mixed_with_white_where_transparency_is_forbidden():
    context = MarkContext(without_transparency=True)
    data = drawn(BLOCKS, color="#ff0000", opacity=0.3, context=context)
    assert middle_pixel(data) == pytest.approx([255, 178, 178], abs=2)
    assert b"/ca " not in data and b"/Group" not in data and b"/SMask" not in data


def test_font_lists_its_glyphs_where_transparency_is_forbidden():
    objects = Objects()
    mark = TextMark(Look("öA"), objects, MarkContext(without_transparency=True))
    mark.form(1, 1)
    mark.finish()
    (font,) = (e for e in objects.entries.values() if e.get("Type") == "FontDescriptor")
    listed = objects.streams[font["CIDSet"].number]
    program = TTFont(io.BytesIO(objects.streams[font["FontFile2"].number]))
    count = program["maxp"].numGlyphs
    assert count > 3  # the letter o and its dots come along
    assert int.from_bytes(listed, "big") == ((1 << count) - 1) << (8 * len(listed) - count)
    assert "/CIDSet" not in str(drawn("A"))


@pytest.mark.parametrize(("color", "space"), [("#808080", b"/CalGray"), ("#2040c0", b"/CalRGB")])
def test_colours_depend_on_no_device_where_they_must_not(color, space):
    data = drawn(BLOCKS, color=color, context=MarkContext(device_independent=True))
    assert space in data
    plain = drawn(BLOCKS, color=color)
    assert middle_pixel(data) == pytest.approx(middle_pixel(plain), abs=12)


@pytest.mark.parametrize("opacity", [0.5, 1.0])
def test_outermost_form_carries_the_entries(opacity):
    objects = Objects()
    mark = TextMark(Look("X", opacity=opacity), objects, MarkContext(entries={"Sign": 7}))
    form = mark.form(1, 1)
    assert objects.entries[form.ref.number]["Sign"] == 7
    assert sum("Sign" in entries for entries in objects.entries.values()) == 1


def test_one_font_for_each_file_whatever_the_pages_and_layers():
    objects, context = Objects(), MarkContext()
    marks = [
        TextMark(Look("Page {{page}}", opacity=0.5), objects, context),
        TextMark(Look("机密 Copy"), objects, context),
        TextMark(Look("机密 bold", font_weight="bold"), objects, context),
    ]
    forms = [mark.form(page, 12) for page in range(1, 13) for mark in marks]
    for mark in marks:
        mark.finish()
    data = objects.document(forms)
    names = sorted(font["/BaseFont"][8:] for font in fonts_of(data) if "/ToUnicode" in font)
    assert names == ["DejaVuSans", "DejaVuSans-Bold", "DroidSansFallback"]
    found = [text_of(data, page).strip() for page in range(36)]
    assert found[33:] == ["Page 12", "机密 Copy", "机密 bold"]


def test_context_may_serve_another_document():
    context = MarkContext()
    assert text_of(drawn("one", context=context)).strip() == "one"
    assert text_of(drawn("two", context=context)).strip() == "two"


def test_families_and_weights_look_different():
    looks = [
        ink(drawn("Secret", font_family=family, font_weight=weight)).tobytes()
        for family in ("sans", "serif", "mono")
        for weight in ("regular", "bold")
    ]
    assert len(set(looks)) == 6


@pytest.mark.parametrize("text", ["机密", "비밀", "ⵜⵉⴼ", "SECRET", "سري", "कक"])
@pytest.mark.parametrize("independent", [False, True])
def test_bold_is_bolder_in_every_script(text, independent):
    context = MarkContext(device_independent=independent)
    regular = drawn(text, font_size=60, context=context)
    bold = drawn(text, font_size=60, font_weight="bold", context=context)
    assert 1.1 < ink(bold).sum() / ink(regular).sum() < 2.2
    assert np.abs(rendered(bold).min() - rendered(regular).min()) <= 12


def test_state_that_a_page_leaves_behind_does_not_matter():
    objects = Objects()
    mark = TextMark(Look("SECRET"), objects, MarkContext())
    form = mark.form(1, 1)
    mark.finish()
    objects.before = b"9 Tc 9 Tw 50 Tz 3 Tr 7 Ts"
    assert np.array_equal(ink(objects.document([form])), ink(drawn("SECRET")))


def test_spec_of_the_schema_is_a_look():
    spec = MarkSpec.parse({"watermark_text": "Hi", "font_family": "serif", "align": "right"})
    mark = TextMark(spec, Objects(), MarkContext())
    assert mark.form(1, 1).width > 5


def test_same_text_gives_the_same_bytes():
    assert drawn("Ünï 机密 سري", opacity=0.4) == drawn("Ünï 机密 سري", opacity=0.4)
