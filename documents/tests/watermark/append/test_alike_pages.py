"""Pages that are alike are marked by a pattern; those that are not must not be taken for it."""

from __future__ import annotations

import pytest

from documents.tests import builders
from documents.tests.watermark.marking import marked, outcome
from documents.tests.watermark.rendering import changed_region, changes, page_count

PAGES = 130
MOVED = b"q .1 0 0 .1 5000 5000 cm"


def many(pages: int = PAGES, odd: dict[int, bytes] | None = None, **more: bytes) -> bytes:
    """Pages with a content stream each; ``odd`` has the entries of some pages by index."""
    kids = range(10, 10 + pages)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % k for k in kids)),
        3: builders.RESOURCES,
        5: b"<</XObject 6 0 R>>",
        6: b"<<>>",
        7: builders.stream(MOVED),
        8: b"[7 0 R]",
    }
    usual = b"/Contents %d 0 R/Resources 3 0 R" + builders.page_entries()
    for index, number in enumerate(kids):
        objects[1000 + index] = builders.stream(more.get(f"c{index}", builders.TEXT))
        entries = (odd or {}).get(index) or usual % (1000 + index)
        objects[number] = b"<</Type/Page/Parent 2 0 R%s>>" % entries
    return builders.document(objects)


def regions(before: bytes, after: bytes) -> list[object]:
    return [changed_region(before, after, page) for page in range(page_count(before))]


def test_all_pages_have_the_mark_at_the_same_place():
    before = many()
    assert len(set(regions(before, marked(before)))) == 1


@pytest.mark.parametrize(
    "entries",
    [
        b"/Contents 7 0 R/Resources 5 0 R",
        b"/Contents 8 0 R/Resources 3 0 R",
        b"/Contents[7 0 R]/Resources 3 0 R",
        b"/Contents 7 0 R/Resources<</XObject 6 0 R>>",
        b"/Contents 7 0 R/Resources<</XObject<</X 6 0 R>>>>",
        b"/Contents 7 0 R",
        b"/Contents 999 0 R/Resources 3 0 R",
        b"/Contents 3 0 R/Resources 3 0 R",
        b"/Contents null/Resources null",
        b"",
    ],
)
def test_a_page_that_is_not_like_the_others(entries):
    before = many(odd={77: builders.page_entries() + entries})
    assert len(set(regions(before, marked(before)))) == 1


def test_pages_of_other_sizes_among_many():
    odd = {
        index: b"/Contents %d 0 R/Resources 3 0 R" % (1000 + index)
        + builders.page_entries(media_box=(0, 0, 300 + index, 200), rotate=90 * (index % 4))
        for index in range(0, PAGES, 7)
    }
    before = many(odd=odd)
    after = marked(before, position="bottom_left", margin=10)
    for page in range(PAGES):
        region = changed_region(before, after, page)
        assert region.left == pytest.approx(10, abs=4)


@pytest.mark.parametrize("index", [0, 15, 127])
def test_content_that_moves_the_mark_is_found_among_pages_that_are_alike(index):
    """One page of those that are read leaves something open: then all of them are read."""
    unread = 70
    before = many(**{f"c{index}": MOVED + b" q q", f"c{unread}": MOVED + b" q q"})
    after = marked(before)
    usual = changed_region(before, after, 1)
    assert changed_region(before, after, index) == usual
    assert changed_region(before, after, unread) == usual


def test_content_that_nobody_read_and_that_leaves_one_state_open():
    """Saved twice, restored twice: one state too many on a page that was not read is absorbed."""
    before = many(c70=MOVED, c71=b"Q .1 0 0 .1 5000 5000 cm")
    after = marked(before)
    assert len(set(regions(before, after))) == 1


def test_selected_pages_among_many():
    before = many(40)
    after = marked(before, pages="2,5-7,-1")
    shown = [index + 1 for index, region in enumerate(regions(before, after)) if region]
    assert shown == [2, 5, 6, 7, 40]


def test_text_that_differs_on_every_page():
    before = many(40)
    after, result = outcome(before, watermark_text="{{page}} of {{pages}}", font_size=40)
    inks = {changes(before, after, page).tobytes() for page in range(40)}
    assert len(inks) == 40
    assert result.tail_bytes < 40 * 900 + 9_000


def test_resources_that_already_have_names_like_ours():
    names = b"".join(b"/CTMK%x_0 6 0 R" % number for number in range(0, 70000))
    resources = b"/Resources<</XObject<<%s>>>>" % names
    odd = {0: b"/Contents 7 0 R" + resources + builders.page_entries()}
    before = many(1, odd=odd)
    after = marked(before)
    assert changed_region(before, after)


def test_one_page_twice_in_the_tree():
    before = builders.document(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Count 3/Kids[10 0 R 10 0 R 10 0 R]>>",
            3: builders.stream(builders.TEXT),
            10: b"<</Type/Page/Parent 2 0 R/Contents 3 0 R%s>>" % builders.page_entries(),
        }
    )
    after, result = outcome(before)
    assert result.pages == page_count(after) == 3
    assert len(set(regions(before, after))) == 1
