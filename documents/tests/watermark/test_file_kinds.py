"""Cross-references of every kind, as writers write them and as they go wrong (7.5)."""

from __future__ import annotations

import re

import pytest

from documents.tests import builders
from documents.tests.watermark.marking import assert_marked, marked
from documents.tests.watermark.pdfs.pages import (
    OBJECTS,
    PAGE,
    assert_marked_like_plain,
    objects,
)
from documents.tests.watermark.pdfs.writing import (
    AT,
    FREE,
    HEADER,
    KINDS,
    file_of,
    last_startxref,
    table,
    updated,
    xref_stream,
)
from documents.watermark.errors import Damaged

DOUBLED = objects(o2=b"<</Type/Pages/Count 2/Kids[4 0 R 40 0 R]>>")
LOOKS_LIKE_NOTHING = objects(o4=b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]>>")


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    assert_marked_like_plain(file_of(OBJECTS, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_marking_what_has_been_marked(kind):
    """Our own output is a kind of file too."""
    before = file_of(OBJECTS, kind)
    once = marked(before, position="top_left")
    twice = marked(once, position="bottom_right")
    assert_marked(once, twice)
    assert_marked(before, twice)


@pytest.mark.parametrize("kind", ["table", "stream", "packed"])
def test_nothing_before_said_with_a_zero(kind):
    data = updated(HEADER, OBJECTS, kind, previous=0)
    assert b"/Prev 0" in data
    assert assert_marked_like_plain(data)[1].method == "append"


@pytest.mark.parametrize("newer", KINDS)
@pytest.mark.parametrize("older", KINDS)
def test_update_of_one_kind_on_another(older, newer):
    """The page is in the update alone; the older one has no content."""
    before = file_of(LOOKS_LIKE_NOTHING, older)
    assert_marked_like_plain(updated(before, {4: OBJECTS[4]}, newer))


@pytest.mark.parametrize("kind", KINDS)
def test_many_updates(kind):
    data = file_of(LOOKS_LIKE_NOTHING, kind)
    for number in range(12):
        data = updated(data, {20 + number: b"(%d)" % number}, kind)
    data = updated(data, {4: OBJECTS[4], 40: OBJECTS[4], 2: DOUBLED[2]}, kind)
    assert_marked_like_plain(updated(data, {}, kind), pages=2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_an_update_frees(kind):
    """A reference to a free object is null (7.3.10)."""
    first = file_of(objects(o4=b"<<%s/Annots 8 0 R>>" % PAGE, o8=b"[7]"), kind)
    assert_marked_like_plain(updated(first, {40: b"null"}, kind, freed=(8,)))


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_used_again_in_a_later_generation(kind):
    """The freed number's new object has generation 1, and is referred to so."""
    first = file_of({**OBJECTS, 8: b"(old)"}, kind)
    freed = updated(first, {}, kind, freed=(8,))
    page = OBJECTS[4].replace(b"/Contents 3 0 R", b"/Contents 8 1 R")
    again = {4: page, 8: builders.stream(OBJECTS[3][OBJECTS[3].index(b"BT") : -10])}
    assert_marked_like_plain(updated(freed, again, kind, generations={8: 1}))


@pytest.mark.parametrize("kind", ["table", "stream"])
def test_the_page_itself_in_a_later_generation(kind):
    data = objects(o2=b"<</Type/Pages/Count 1/Kids[4 3 R]>>")
    assert_marked_like_plain(file_of(data, kind, generations={4: 3}))


@pytest.mark.parametrize("kind", ["stream", "packed"])
@pytest.mark.parametrize("predictor", [10, 11, 12, 13, 14, 15])
def test_predictors(kind, predictor):
    assert_marked_like_plain(file_of(OBJECTS, kind, predictor=predictor))


@pytest.mark.parametrize("kind", ["stream", "packed"])
@pytest.mark.parametrize("widths", [(1, 2, 2), (1, 3, 2), (2, 8, 4), (1, 4, 8), (4, 4, 4)])
@pytest.mark.parametrize("index", [True, False])
def test_widths(kind, widths, index):
    assert_marked_like_plain(file_of(OBJECTS, kind, widths=widths, index=index))


def test_rows_without_a_type():
    """The first width is 0: all rows are of type 1 (table 17)."""
    data = file_of(OBJECTS, "stream", size=20)
    at = last_startxref(data)
    offsets = {number: data.index(b"\n%d 0 obj" % number) + 1 for number in OBJECTS}
    rows = b"".join(offsets[number].to_bytes(3, "big") for number in sorted(OBJECTS))
    entries = b"/Type/XRef/Size 20/W[0 3 0]/Index[1 6]/Root 1 0 R"
    xref = b"19 0 obj\n%s\nendobj\n" % builders.stream(rows, entries)
    assert_marked_like_plain(data[:at] + xref + b"startxref\n%d\n%%%%EOF" % at)


@pytest.mark.parametrize("ending", [b" \n", b" \r", b"\r\n", b"\n", b"\r", b" \r\n", b"  \n"])
def test_row_endings(ending):
    """Twenty bytes are what the standard asks for, 19 and 21 are what exists."""
    data = file_of(OBJECTS)
    assert_marked_like_plain(re.sub(rb"(?<=[nf]) \n", lambda _: ending, data))


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        (b"xref\n0 7\n", b"xref \n0 7\n"),
        (b"xref\n0 7\n", b"xref\r\n0 7\r\n"),
        (b"xref\n0 7\n", b"xref\n0 7 \n"),
        (b"xref\n0 7\n", b"xref\n\n0 7\n"),
        (b"xref\n0 7\n", b"xref\n  0   7\n"),
        (b"xref\n0 7\n", b"xref 0 7\n"),
        (b"xref\n0 7\n", b"xref\n0 7 "),
        (b"xref\n0 7\n", b"xref\n% a comment\n0 7\n"),
        (b"xref\n0 7\n", b"xref\n1 7\n"),
        (b"xref\n0 7\n", b"xref\n0 9\n"),
        (b"xref\n0 7\n", b"xref\n0 5\n"),
        (b"trailer\n<<", b"trailer<<"),
        (b"trailer\n<<", b"\r\n\r\ntrailer \r\n% why not\r\n <<"),
        (b"trailer\n<<", b"trailer\n<</Prev 0"),
        (b"trailer\n<<", b"trailer\n<</Prev 99999999"),
        (b"trailer\n<<", b"trailer\n<</Prev -1"),
        (b"/Size 7", b"/Size 3"),
        (b"/Size 7", b"/Size 700"),
        (b"/Size 7", b""),
        (b"startxref\n", b"startxref "),
        (b"startxref\n", b"startxref\r\n\r\n   "),
        (b"startxref\n", b"startxref\n0"),
        (b"startxref\n", b"startxref\n1"),
        (b"startxref\n", b"start xref\n"),
        (b"%%EOF\n", b""),
        (b"%%EOF\n", b"%%EOF"),
        (b"%%EOF\n", b"%%EOF\r"),
        (b"%%EOF\n", b"%%EOF\n%%EOF\n%%EOF\n"),
        (b"%%EOF\n", b"%%EOF\n" + b"\0" * 3_000),
        (b"%%EOF\n", b"%%EOF\n" + b"trailing garbage\n" * 100),
        (b"%%EOF\n", b"%%EOF\n" + b"<html>startxref</html>\n" * 200),
        (b"0000000000 65535 f", b"0000000000 00000 f"),
        (b"0000000000 65535 f", b"0000000004 65535 f"),
        (b"0000000000 65535 f", b"0000000000 65535 n"),
        (b" 00000 n", b" 00001 n"),
        (b" 00000 n", b" 65535 n"),
        (b" 00000 n", b" 00000 N"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"%PDF-1.7\n\n\n\n\n\n\n"),
        (b"%PDF-1.7", b"%PDF-9.9"),
        (b"%PDF-1.7", b"%PDF-1.2"),
        (b"%PDF-1.7", b"%PDF-1.\xb7"),
    ],
)
def test_odd_files(plain, odd):
    data = file_of(OBJECTS)
    assert plain in data
    assert_marked_like_plain(data.replace(plain, odd))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("junk", [b"\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\xef\xbb\xbf", b"x" * 1000])
def test_junk_before_the_header(kind, junk):
    """Offsets count from the header (as most writers who prepend something leave them)."""
    assert_marked_like_plain(junk + file_of(OBJECTS, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_offsets_that_count_the_junk(kind):
    assert_marked_like_plain(updated(b"junk\n" * 50 + HEADER, OBJECTS, kind, previous=None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift", [b"\n", b"% a line that came later\n"])
def test_shifted_offsets(kind, shift):
    data = file_of(OBJECTS, kind)
    at = data.index(b" 0 obj") - 1
    assert_marked_like_plain(data[:at] + shift + data[at:])


def test_rows_out_of_order_and_in_small_subsections():
    data = file_of(OBJECTS)
    offsets = {number: data.index(b"\n%d 0 obj" % number) + 1 for number in OBJECTS}
    rows = {number: (AT, offset, 0) for number, offset in offsets.items()}
    sections = [table({number: rows[number]})[5:] for number in (4, 2, 6, 1, 3, 5)]
    head = data[: last_startxref(data)]
    xref = b"xref\n0 1\n0000000000 65535 f \n" + b"".join(sections)
    trailer = b"trailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(head)
    assert_marked_like_plain(head + xref + trailer)


def test_a_table_that_points_at_another_object():
    """Object 4's row leads to object 6: nothing at an offset is believed without its number."""
    data = file_of(OBJECTS)
    there = b"%010d" % (data.index(b"\n6 0 obj") + 1)
    here = b"%010d" % (data.index(b"\n4 0 obj") + 1)
    assert_marked_like_plain(data.replace(here + b" 00000 n", there + b" 00000 n"))


def test_previous_sections_in_a_circle():
    data = file_of(OBJECTS)
    at = last_startxref(data)
    assert_marked_like_plain(data.replace(b"/Size 7", b"/Prev %d/Size 7" % at))


def test_a_table_that_claims_two_billion_rows():
    assert_marked_like_plain(file_of(OBJECTS).replace(b"xref\n0 7\n", b"xref\n0 2000000000\n"))


@pytest.mark.parametrize("number", [4_000_000, 60_000])
def test_large_object_numbers(number):
    """As far as pdfium looks."""
    data = objects(o4=OBJECTS[4].replace(b"/Contents 3 0 R", b"/Contents %d 0 R" % number))
    assert_marked_like_plain(file_of({**data, number: OBJECTS[3]}))


def test_generation_of_the_free_entry_does_not_matter():
    rows = {number: (FREE, 0, 65535) for number in range(7, 40)}
    data = file_of(OBJECTS)
    head, at = data[: last_startxref(data)], last_startxref(data)
    offsets = {n: (AT, data.index(b"\n%d 0 obj" % n) + 1, 0) for n in OBJECTS}
    xref = table({0: (FREE, 39, 65535), **offsets, **rows})
    end = b"trailer\n<</Size 40/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % at
    assert_marked_like_plain(head + xref + end)


def test_linearized():
    """The first page's objects come first, and two sections refer to each other (annex F)."""
    assert_marked(builders.linearized(5), marked(builders.linearized(5)), pages=5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", [b"\r", b"\r\n"])
def test_line_ends(kind, ending):
    """Old Macintosh and Windows; offsets are right for them."""
    assert_marked_like_plain(with_line_ends(kind, ending))


def with_line_ends(kind: str, ending: bytes) -> bytes:
    """The page's objects, ``ending`` at the end of each line outside of streams."""
    out, offsets = HEADER.replace(b"\n", ending), {}
    body = {n: b.replace(b">>stream\n", b">>stream\r\n") for n, b in OBJECTS.items()}
    for number, text in body.items():
        offsets[number] = (AT, len(out), 0)
        out += b"%d 0 obj%s%s%sendobj%s" % (number, ending, text, ending, ending)
    return updated(out, {}, kind, previous=None, known=offsets)


@pytest.mark.parametrize("count", [b"0", b"-1", b"99999999", b"(x)", b"null"])
def test_object_streams_that_lie_about_their_number_of_objects(count):
    """Nothing can be found in them, unless a repair looks for itself."""
    data = file_of(OBJECTS, "packed").replace(b"/N 5", b"/N " + count)
    assert b"/N " + count in data
    with pytest.raises(Damaged):
        marked(data)


def test_a_hybrid_file_asks_its_table_first():
    """Only what the table calls free is looked for in the stream (7.5.8.4)."""
    data = file_of(OBJECTS)
    previous, other = last_startxref(data), len(data)
    data += b"4 0 obj\n%s\nendobj\n" % LOOKS_LIKE_NOTHING[4]
    hidden = len(data)
    data += xref_stream(7, {4: (AT, other, 0), 7: (AT, hidden, 0)}, 8, b"/Root 1 0 R", hidden)
    start, page = len(data), data.index(b"\n4 0 obj") + 1
    data += table({0: (FREE, 0, 65535), 4: (AT, page, 0)})
    data += b"trailer\n<</Size 8/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (previous, hidden)
    assert_marked_like_plain(data + b"startxref\n%d\n%%%%EOF\n" % start)
