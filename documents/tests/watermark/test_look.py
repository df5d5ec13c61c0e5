"""How the mark looks: colour, opacity, layer, text."""

from __future__ import annotations

import numpy as np
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked
from documents.tests.watermark.rendering import changed_region, changes, rendered, text_of
from documents.watermark.errors import UnsupportedText

BLANK = builders.plain(content=b"")
# A page filled with one colour.
BLUE = builders.plain(content=b"0 0 1 rg 0 0 595 842 re f")
BLOCK = {"watermark_text": "█" * 6, "font_size": 72, "position": "center"}  # U+2588, all ink


def middle_pixel(data: bytes) -> list[int]:
    image = rendered(data)
    return image[image.shape[0] // 2, image.shape[1] // 2].tolist()


@pytest.mark.parametrize(
    ("page", "options", "expected"),
    [
        (BLANK, {"color": "#ff0000", "opacity": 1}, [255, 0, 0]),
        (BLANK, {"color": "#12ab9f", "opacity": 1}, [0x12, 0xAB, 0x9F]),
        (BLANK, {"color": "#ff0000", "opacity": 0.5}, [255, 127, 127]),
        (BLUE, {"color": "#ff0000", "opacity": 0.5}, [127, 0, 127]),
        (BLUE, {"color": "#ff0000", "opacity": 1}, [255, 0, 0]),
        (BLUE, {"color": "#ff0000", "opacity": 0.3}, [76, 0, 178]),
        (BLANK, {"color": "#808080", "opacity": 0.3}, [217, 217, 217]),
        (BLUE, {"color": "#ff0000", "opacity": 1, "layer": "under"}, [0, 0, 255]),
        (BLANK, {"color": "#ff0000", "opacity": 1, "layer": "under"}, [255, 0, 0]),
    ],
)
def test_colour_opacity_and_layer(page, options, expected):
    assert middle_pixel(marked(page, **BLOCK, **options)) == pytest.approx(expected, abs=3)


def test_opacity_zero_shows_nothing_but_is_done():
    after = marked(BLANK, opacity=0)
    assert changed_region(BLANK, after) is None
    assert "LEFT" in text_of(after)


def test_tiles_of_one_mark_do_not_darken_each_other():
    after = rendered(marked(BLANK, position="tile", color="#808080", opacity=0.3))
    assert after.min() >= 215


def test_text_under_stays_in_front():
    page = builders.plain()
    after = marked(page, layer="under", position="tile", color="#ffff00", font_size=72)
    dark = rendered(page).max(axis=2) < 40
    assert dark.any()
    assert (rendered(after).max(axis=2)[dark] < 80).all()
    assert changes(page, after).any()


@pytest.mark.parametrize(
    "text",
    [
        "CONFIDENTIAL",
        "Größe ñandú Łódź",
        "Строго конфиденциально",
        "Απόρρητο",
        "Հայերեն",
        "e\u0301tude",
        "2026 — № 7 • 50 % €",
        "(par\\en)",
    ],
)
def test_text_is_drawn_and_can_be_read(text):
    after = marked(BLANK, watermark_text=text)
    assert changed_region(BLANK, after)
    assert text_of(after).strip().replace("\u0301", "") in (text, "étude")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("draft \U00012000", "\U00012000"),  # cuneiform
        ("\U00013000\U00013001", "\U00013001"),  # hieroglyphs
        ("private \ue000", "\ue000"),
    ],
)
def test_text_that_cannot_be_drawn_is_refused_by_name(text, named):
    with pytest.raises(UnsupportedText) as caught:
        marked(BLANK, watermark_text=text)
    assert named in caught.value.characters
    assert f"U+{ord(named):04X}" in caught.value.message


def test_invisible_characters_are_left_out():
    with_controls = marked(BLANK, watermark_text="A\u200d\ufe0fB\u00ad")
    plain = marked(BLANK, watermark_text="AB")
    assert (rendered(with_controls) == rendered(plain)).all()


def test_lines_stand_below_each_other():
    one = changed_region(BLANK, marked(BLANK, watermark_text="TEXT"))
    two = changed_region(BLANK, marked(BLANK, watermark_text="TEXT\nTEXT"))
    assert two.bottom - two.top == pytest.approx(one.bottom - one.top + 1.2 * 24, abs=1)
    assert two.right - two.left == pytest.approx(one.right - one.left, abs=1)


def test_mark_is_an_artifact_and_extra_text_is_all_it_adds():
    page = builders.plain()
    before, after = text_of(page), text_of(marked(page, position="bottom_left"))
    assert before.strip() in after
    assert after.replace(before.strip(), "").split() == ["LEFT"]


def test_same_pixels_whether_content_is_compressed_or_not():
    plain = builders.plain()
    packed = builders.one_page(
        b"/Contents 3 0 R/Resources" + builders.RESOURCES + builders.page_entries(),
        {3: builders.stream(builders.TEXT, compress=True)},
    )
    assert np.array_equal(rendered(marked(plain)), rendered(marked(packed)))
