"""Page trees as they should be and as they are (7.7.3), and what pages inherit."""

from __future__ import annotations

import numpy as np
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import assert_marked, marked, outcome
from documents.tests.watermark.pdfs.pages import (
    BOX,
    CONTENT,
    OBJECTS,
    PAGE,
    as_it_should_look,
    assert_marked_like_plain,
    objects,
)
from documents.tests.watermark.pdfs.writing import KINDS, file_of
from documents.tests.watermark.rendering import page_count, page_size, rendered, text_of

NODE = b"<</Type/Pages/Parent 2 0 R/Count %d/Kids[%s]>>"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("tree", "more", "pages"),
    [
        (b"/Count 2/Kids[4 0 R 4 0 R]", {}, 2),
        (b"/Count 3/Kids[4 0 R 7 0 R 4 0 R]", {7: OBJECTS[4]}, 3),
        (b"/Count 2/Kids[7 0 R 8 0 R]", {7: NODE % (1, b"4 0 R"), 8: NODE % (1, b"9 0 R")}, 2),
        (b"/Count 2/Kids[7 0 R 4 0 R]", {7: NODE % (1, b"8 0 R"), 8: NODE % (1, b"9 0 R")}, 2),
        (b"/Count 1/Kids[4 0 R null 99 0 R]", {}, 1),
        (b"/Count 1/Kids[7 0 R 4 0 R]", {7: NODE % (0, b"")}, 1),
        (b"/Count 7/Kids[4 0 R]", {}, 1),
        (b"/Count 0/Kids[4 0 R 9 0 R]", {}, 2),
        (b"/Count -1/Kids[4 0 R]", {}, 1),
        (b"/Count 199999/Kids[4 0 R]", {}, 1),
        (b"/Kids[4 0 R 9 0 R]", {}, 2),
        (b"/Count 7 0 R/Kids 8 0 R", {7: b"2", 8: b"[4 0 R 9 0 R]"}, 2),
        (b"/Count(one)/Kids[4 0 R]", {}, 1),
        (b"/Count 1/Kids[4 0 R]/Parent 2 0 R", {}, 1),
    ],
    ids=range(14),
)
def test_trees(kind, tree, more, pages):
    own = {9: OBJECTS[4], **more, 2: b"<</Type/Pages%s>>" % tree}
    data = file_of(OBJECTS | own, kind)
    if page_count(data) == pages:
        assert_marked_like_plain(data, pages=pages)
        return
    after, result = outcome(data)  # pdfium believes /Count; the copy may say the truth
    assert result.pages == pages
    assert np.array_equal(rendered(after), as_it_should_look(None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kids", [b"4 0 R 2 0 R", b"4 0 R 7 0 R", b"2 0 R 4 0 R"])
def test_loops_are_left_where_they_are(kind, kids):
    """Viewers leave out a node that stands below itself, and so do we."""
    looped = {2: b"<</Type/Pages/Count 2/Kids[%s]>>" % kids, 7: NODE % (1, b"2 0 R 7 0 R")}
    before = file_of(OBJECTS | looped, kind)
    after, result = outcome(before)
    assert (result.method, result.pages) == ("append", 1)
    assert page_count(after) == page_count(before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_count_beyond_all_limits(kind):
    tree = b"<</Type/Pages/Count 2000000000/Kids[4 0 R]>>"
    assert_marked_like_plain(file_of(objects(o2=tree), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_does_not_say_what_it_is(kind):
    page = PAGE.replace(b"/Type/Page", b"")
    assert_marked_like_plain(file_of(objects(o4=b"<<%s>>" % page), kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("entry", [b"/Type/Pages", b"/Type/Wrong", b"/Type 5"])
def test_a_page_that_says_something_else(kind, entry):
    """No viewer that we have shows it; that is no reason to fail."""
    page = PAGE.replace(b"/Type/Page", entry)
    assert outcome(file_of(objects(o4=b"<<%s>>" % page), kind))[1].pages == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_visible_box_beside_the_page(kind):
    """Nothing of it can be seen: neither may the mark fail it."""
    page = PAGE + b"/CropBox[500 500 900 900]"
    assert outcome(file_of(objects(o4=b"<<%s>>" % page), kind))[1].pages == 1


@pytest.mark.parametrize("kind", KINDS)
def test_page_dictionaries_within_their_parent(kind):
    """Kids have to be references; some are not, and readers take them."""
    tree = b"<</Type/Pages/Count 2/Kids[<<%s>> 4 0 R]>>" % PAGE
    after, result = outcome(file_of(objects(o2=tree), kind))
    assert result.pages == page_count(after) == 2
    for page in range(2):
        assert np.array_equal(rendered(after, page), as_it_should_look(None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [1, 5, 40])
def test_all_that_a_page_can_inherit(kind, depth):
    """Through as many nodes as it takes; nearer ones win (table 31)."""
    bare = PAGE.replace(BOX, b"").replace(b"/Resources 5 0 R", b"").replace(b"2 0 R", b"%d 0 R")
    inherited = BOX + b"/CropBox[-9 0 900 900]/Rotate 0/Resources 5 0 R"
    wrong = b"/MediaBox[0 0 9 9]/CropBox[0 0 9 9]/Rotate 90/Resources<<>>"
    chain = range(100, 100 + depth)
    nodes = {
        number: b"<</Type/Pages/Count 1/Parent %d 0 R/Kids[%d 0 R]%s>>"
        % (
            2 if number == chain[0] else number - 1,
            4 if number == chain[-1] else number + 1,
            inherited if number == chain[0] else b"",
        )
        for number in chain
    }
    top = b"<</Type/Pages/Count 1/Kids[100 0 R]%s>>" % wrong
    page = {4: b"<<%s>>" % (bare % chain[-1])}
    assert_marked_like_plain(file_of(OBJECTS | nodes | page | {2: top}, kind))


# pdfium goes round in the hybrid file and counts the page twice, so that none is what it shows.
@pytest.mark.parametrize("kind", ["table", "stream", "packed"])
def test_a_tree_that_bites_its_tail(kind):
    """The one page is found, and the circle broken."""
    tree = b"<</Type/Pages/Count 2/Kids[4 0 R 7 0 R]>>"
    again = b"<</Type/Pages/Count 1/Parent 2 0 R/Kids[2 0 R]>>"
    after, result = outcome(file_of({**objects(o2=tree), 7: again}, kind))
    assert result.pages == 1
    assert np.array_equal(rendered(after), as_it_should_look(None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "catalog",
    [
        b"<</Pages 2 0 R>>",
        b"<</Type/Wrong/Pages 2 0 R>>",
        b"<</Type/Catalog/Version/1.3/Pages 2 0 R>>",
        b"<</Type/Catalog/Version/1.99/Pages 2 0 R>>",
        b"<</Type/Catalog/Pages 2 0 R/Extensions<</X 9 0 R>>/Names null>>",
    ],
)
def test_catalogs(kind, catalog):
    assert_marked_like_plain(file_of(objects(o1=catalog), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_pages_that_share_all_but_their_size(kind):
    """One resource dictionary and one content for pages that need forms of different sizes."""
    numbers = range(20, 32)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    pages = {
        number: b"<<%s/Rotate %d>>"
        % (PAGE.replace(b"400 300", b"%d 300" % (400 + number)), number % 4 * 90)
        for number in numbers
    }
    tree = {2: b"<</Type/Pages/Count 12/Kids[%s]>>" % kids}
    before = file_of(OBJECTS | tree | pages, kind)
    assert_marked(before, marked(before), pages=12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [b"Countermark0", b"Countermark", b"CTMK", b"CTMK0", b"Fm0"])
def test_names_that_are_taken(kind, name):
    """A form of the page's own, drawn under the name that we might have chosen."""
    form = builders.stream(CONTENT, b"/Type/XObject/Subtype/Form/BBox[0 0 400 300]/Resources 5 0 R")
    page = PAGE.replace(b"/Resources 5 0 R", b"/Resources<</XObject<</%s 7 0 R>>>>" % name)
    own = {3: builders.stream(b"/%s Do" % name), 4: b"<<%s>>" % page, 7: form}
    before = file_of(OBJECTS | own, kind)
    once = marked(before)
    assert np.array_equal(rendered(once), as_it_should_look(None))
    assert (rendered(marked(once, position="top_left")) != rendered(once)).any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("box", "size"),
    [
        (b"/MediaBox[0 0 14400 14400]", (14400, 14400)),
        (b"/MediaBox[0 0 8 8]", (8, 8)),
        (b"/MediaBox[0 0 3 200]", (3, 200)),
        (b"/MediaBox[-500 -400 -100 -100]", (400, 300)),
        (b"/MediaBox[0 0 400 300]/CropBox[100 100 900 900]", (300, 200)),
        (b"/MediaBox[0 0 400 300]/CropBox[100 100 100 100]", (400, 300)),
        (b"/MediaBox[0 0 400 300]/UserUnit 2", (400, 300)),
        (b"/MediaBox[0 0 0 0]", None),
        (b"/MediaBox[0 0]", None),
        (b"/MediaBox(none)", None),
        (b"/MediaBox[0 0 1e9 1]", None),
        (b"", None),
    ],
    ids=range(12),
)
def test_boxes(kind, box, size):
    """Wherever a viewer shows the page, the mark is on it."""
    before = file_of(objects(o4=b"<<%s>>" % PAGE.replace(BOX, box)), kind)
    after = marked(before, color="#0000ff")
    assert page_size(after) == page_size(before)
    scale = min(1.0, 600 / max(page_size(before)))
    scale = max(scale, 40 / max(page_size(before)))
    assert (rendered(after, scale=scale) != rendered(before, scale=scale)).any()
    if size and page_size(before) != size:
        raise AssertionError(page_size(before))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("own", [b"null", b"30 0 R"])
@pytest.mark.parametrize("inherited", [b"5 0 R", b"<</XObject<</Red 6 0 R>>>>"])
def test_resources_that_are_null(kind, own, inherited):
    """An entry that is null is none, and the page inherits (7.3.7)."""
    page = OBJECTS[4].replace(b"/Resources 5 0 R", b"/Resources " + own)
    tree = b"<</Type/Pages/Count 1/Kids[7 0 R]/Resources %s>>" % inherited
    node = b"<</Type/Pages/Parent 2 0 R/Count 1/Kids[4 0 R]/Resources null>>"
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 400 300]/Resources<<>>"
    drawing = {
        3: builders.stream(b"/Red Do"),
        5: b"<</XObject<</Red 6 0 R>>>>",
        6: builders.stream(b"1 0 0 rg 20 20 50 50 re f", form),
    }
    after = marked(file_of({**OBJECTS, **drawing, 2: tree, 7: node, 4: page}, kind))
    assert tuple(rendered(after)[260, 40]) == (255, 0, 0)
    assert "LEFT" in text_of(after)
