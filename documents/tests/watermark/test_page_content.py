"""Whatever a page's content and resources are, the mark stands where it should."""

from __future__ import annotations

import io

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import assert_marked, marked, notices, outcome
from documents.tests.watermark.rendering import changed_region, text_of

GEOMETRY = builders.page_entries()
FULL = GEOMETRY + b"/Resources" + builders.RESOURCES


@pytest.mark.parametrize(
    "page",
    [
        FULL,
        FULL + b"/Contents null",
        FULL + b"/Contents 99 0 R",
        FULL + b"/Contents[]",
        FULL + b"/Contents[99 0 R null]",
        FULL + b"/Contents 3 0 R",
        FULL + b"/Contents[3 0 R]",
        FULL + b"/Contents 4 0 R",
        FULL + b"/Contents[3 0 R 3 0 R]",
        FULL + b"/Contents 5 0 R",
        GEOMETRY + b"/Contents 3 0 R",
        GEOMETRY + b"/Contents 3 0 R/Resources null",
        GEOMETRY + b"/Contents 3 0 R/Resources 99 0 R",
        GEOMETRY + b"/Contents 3 0 R/Resources 6 0 R",
        GEOMETRY + b"/Contents 3 0 R/Resources<</XObject 99 0 R>>",
        GEOMETRY + b"/Contents 3 0 R/Resources<</XObject 7 0 R>>",
        GEOMETRY + b"/Contents 3 0 R/Resources<</XObject<</Countermark0 8 0 R>>>>",
        GEOMETRY + b"/Contents 3 0 R/Resources<</XObject[]>>",
    ],
)
def test_contents_and_resources_of_all_kinds(page):
    more = {
        3: builders.stream(builders.TEXT),
        4: b"[3 0 R]",
        5: b"<</No/Stream>>",
        6: builders.RESOURCES,
        7: b"<<>>",
        8: builders.stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
    }
    before = builders.one_page(page, more)
    after = marked(before)
    assert_marked(before, after)
    with pikepdf.open(io.BytesIO(after)) as pdf:
        # Some viewers draw nothing of a page one of whose contents is no stream.
        assert all(isinstance(part, pikepdf.Stream) for part in pdf.pages[0].Contents)


@pytest.mark.parametrize(
    "content",
    [
        b"q .1 0 0 .1 5000 5000 cm",
        b"q q 0 0 1 1 re W n q",
        b"q/None gs .1 0 0 .1 5000 5000 cm",
        b"Q Q Q Q .1 0 0 .1 5000 5000 cm",
        b"Q q .1 0 0 .1 5000 5000 cm Q Q",
        b".1 0 0 .1 5000 5000 cm 0 0 1 1 re W n",
        b"BT /F1 9 Tf 100 Tz 3 Tr (open text) Tj",
        b"/OC /Hidden BDC q 5 0 0 5 9000 9000 cm",
        b"(a string that does not end",
        b"(a string \\) that does not end either q q q",
        b"[ /array",
        b"<< /Dictionary",
        b"q 10 0 0 10 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x01 q q Q EI Q q 9 0 0 9 9999 9 cm",
        b"BI /W 1 /H 1 /CS /G /BPC 8 ID \x01\x02",
        b"% a comment q q q",
        b"1 0 0 1 0 0",
        b"0 0 m 9 9 l",
        b"\x00\xff\xfe garbage >> ] ) } {",
    ],
)
@pytest.mark.parametrize("compress", [False, True])
def test_mark_stands_where_it_should_whatever_the_content_leaves_open(content, compress):
    """The mark is the same as on an empty page: neither moved, nor clipped, nor swallowed."""
    hidden = b"/Resources<</Properties<</Hidden<</Type/OCG/Name(x)>>>>>>"
    objects = {3: builders.stream(content, compress=compress)}
    page = builders.one_page(GEOMETRY + hidden + b"/Contents 3 0 R", objects)
    empty = builders.plain(content=b"")
    expected = changed_region(empty, marked(empty))
    assert changed_region(page, marked(page)) == pytest.approx(expected, abs=1)


def test_a_hyphen_at_the_end_of_the_page_stays_one():
    """pdfium joins what stands before a hyphen to what follows it on another line."""
    content = b"BT /F1 12 Tf 20 700 Td (to be contin-) Tj ET"
    before = builders.one_page(FULL + b"/Contents 3 0 R", {3: builders.stream(content)})
    assert text_of(marked(before)).split()[:3] == ["to", "be", "contin-"]


@pytest.mark.parametrize("damage", ["cut", "garbled", "checksum"])
def test_content_that_does_not_decode_to_its_end(damage):
    content = builders.TEXT + b" q .1 0 0 .1 5000 5000 cm " + b"% " + bytes(range(32, 127)) * 9
    data = bytearray(builders.stream(content, compress=True))
    end = data.index(b"\nendstream")
    if damage == "cut":
        del data[end - 40 : end]
    elif damage == "garbled":
        data[end - 60 : end - 40] = b"\xff" * 20
    else:
        data[end - 4 : end] = b"    "
    page = builders.one_page(FULL + b"/Contents[3 0 R 4 0 R]", {3: bytes(data), 4: b"null"})
    empty = builders.plain(content=b"")
    expected = changed_region(empty, marked(empty))
    after, result = outcome(page)
    assert changed_region(page, after) == pytest.approx(expected, abs=1)
    assert ("content_isolated" in notices(result)) == (damage != "checksum")
