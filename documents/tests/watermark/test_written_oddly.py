"""Objects as the standard allows them to be written, and as some write them all the same (7.3)."""

from __future__ import annotations

import re

import pytest

from documents.tests import builders
from documents.tests.watermark.pdfs.pages import (
    CONTENT,
    OBJECTS,
    PAGE,
    assert_marked_like_plain,
    objects,
)
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated

GARBAGE_KEYS = b"".join(b"/Key%d %d" % (number, number) for number in range(20_000))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "page",
    [
        b"<<%s/Odd(a \\) string \\) with (nested (parentheses)) and >> /Contents)>>",
        b"<<%s/Odd(4 0 obj << /Contents 9 0 R >> endstream)>>",
        b"<<%s/Odd(\\\\)/Odder(\\\\\\))>>",
        b"<<%s/Odd<3E3E2F>/Odder<>/Oddest< 3 e\n3e>>>",
        b"<<%s/Odd[<</Contents 9 0 R>>(]])[[]]<5D>]>>",
        b"<<%s% a comment >> /Contents 9 0 R\n>>",
        b"<<%s% a comment with ( and <<\r>>",
        b"%% before\n<<%s>>%% behind /Contents",
        b"<</Odd<</Contents 9 0 R/Resources 9 0 R/MediaBox[0 0 1 1]>>%s>>",
        b"<<%s/Odd/Contents/Odder/Resources>>",
        b"<<%s/Odd/A#20B#2FContents#3E#3E>>",
        b"<<%s//Nothing/Odd true/Odder null>>",
        b"<<%s/Odd +17/Odder -.5/Oddest 4./Most .0>>",
        b"<<%s/Odd 123456789012345678901234567890/Odder --5/Oddest 1.2.3>>",
        b"<<\0\t\f%s\0\r\n >>",
        b"<<%s" + GARBAGE_KEYS + b">>",
        b"<<%s/Deep" + b"[" * 60 + b"]" * 60 + b">>",
        b"<<%s/Odd(" + b"(" * 300 + b")" * 300 + b")>>",
        b"<<%s/Odd 9 0 R/Odder[9 0 R 4 0 R 0 0 R 9 65535 R]>>",
        b"<<%s/Bytes(\xff\xfe\x00\x01\r\n)/\xe4\xf6 1>>",
    ],
    ids=range(20),
)
def test_page_dictionaries(kind, page):
    body = page.replace(b"%s", PAGE, 1).replace(b"%%", b"%")
    assert_marked_like_plain(file_of(objects(o4=body), kind))


@pytest.mark.parametrize("kind", ["table", "stream"])
def test_the_end_of_an_object_within_a_string(kind):
    page = b"<<%s/Odd(endobj\n4 0 obj << /Contents 9 0 R >> endobj)>>" % PAGE
    assert_marked_like_plain(file_of(objects(o4=page), kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "page",
    [
        PAGE.replace(b"/Contents", b"/#43ontents"),
        PAGE.replace(b"/Resources", b"/Re#73ources").replace(b"/Type/Page", b"/#54ype/#50age"),
        PAGE.replace(b"/MediaBox[0 0 400 300]", b"/Media#42ox[0 0 400 300]"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents\n3\n0\nR"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents%/Contents 9 0 R\n3%0\n 0 % R\rR"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents 03 00 R"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents[3 0 R]"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents[ 3 0 R%]\n]"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents[3 0 R null 99 0 R]"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents 7 0 R"),
        PAGE.replace(b"/Contents 3 0 R", b"/Contents 99 0 R/Contents 3 0 R"),
        PAGE.replace(b"[0 0 400 300]", b"[400 300 0 0]"),
        PAGE.replace(b"[0 0 400 300]", b"[0 0 400.0 3e2]").replace(b"3e2", b"300."),
        PAGE.replace(b"[0 0 400 300]", b" 8 0 R"),
        PAGE.replace(b"[0 0 400 300]", b"[10 0 R 10 0 R 11 0 R 12 0 R]"),
        PAGE.replace(b"/Resources 5 0 R", b"/Resources<</Font 13 0 R>>"),
        PAGE.replace(b"/Resources 5 0 R", b"/Resources<</Font<</F1 6 0 R>>/XObject 14 0 R>>"),
        PAGE.replace(b"/Resources 5 0 R", b"/Resources<</Font<</F1 6 0 R>>/XObject null>>"),
        PAGE.replace(b"/Resources 5 0 R", b"/Resources<</Font<</F1 6 0 R>>/ExtGState 99 0 R>>"),
        PAGE.replace(b"/Resources 5 0 R", b"/Resources 15 0 R"),
    ],
    ids=range(20),
)
def test_entries_that_matter(kind, page):
    more = {
        7: b"[3 0 R]",
        8: b"[0 0 400 300]",
        10: b"0",
        11: b"400",
        12: b"300",
        13: b"<</F1 6 0 R>>",
        14: b"<<>>",
        15: b"<</#46ont<</F1 6 0 R>>>>",
    }
    assert_marked_like_plain(file_of({**objects(o4=b"<<%s>>" % page), **more}, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_of_two_equal_keys_counts(kind):
    """Readers agree on that, though the standard leaves it open (7.3.7)."""
    page = b"<<%s/Contents 3 0 R>>" % PAGE.replace(b"/Contents 3 0 R", b"/Contents 8 0 R")
    data = file_of({**objects(o4=page), 8: builders.stream(b"0 0 400 300 re f")}, kind)
    assert_marked_like_plain(data)


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        (b"\n4 0 obj\n", b"\n4 0 obj"),
        (b"\n4 0 obj\n", b"\n4 0 obj % a comment\r"),
        (b"\n4 0 obj\n", b"\n4  0\tobj\r\n\r\n"),
        (b"\n4 0 obj\n", b"\n4%no\n0%no\nobj "),
        (b"\n4 0 obj\n", b"\n04 00 obj\n"),
        (b">>\nendobj\n", b">>endobj\n"),
        (b">>\nendobj\n", b">>\n"),
        (b">>\nendobj\n", b">>\n\n% end\n\nendobj endobj\n"),
    ],
)
def test_object_headers(plain, odd):
    data = updated(b"%PDF-1.7\n", OBJECTS, "table", previous=None)
    assert plain in data
    assert_marked_like_plain(_with_right_offsets(data.replace(plain, odd)))


@pytest.mark.parametrize("number", sorted(OBJECTS))
def test_comments_around_values_need_no_repair(number):
    data = updated(b"%PDF-1.7\n", OBJECTS | {7: b"%d" % len(CONTENT)}, "table", previous=None)
    data = data.replace(b"/Length %d" % len(CONTENT), b"/Length 7 0 R")
    commented = (b"\n%d 0 obj\n" % number, b"\n%d 0 obj %% an object << \n" % number)
    data = data.replace(*commented).replace(b"\nendobj\n7 ", b"% that was it\nendobj\n7 ")
    data = data.replace(b"%d\nendobj\n" % len(CONTENT), b"%d %% so long\nendobj\n" % len(CONTENT))
    assert assert_marked_like_plain(_with_right_offsets(data))[1].method == "append"


@pytest.mark.parametrize("kind", KINDS)
def test_comments_among_kids_need_no_repair(kind):
    tree = b"<</Type/Pages/Count 1/Kids[%a page\n4 0 R % 9 0 R\r]>>"
    assert assert_marked_like_plain(file_of(objects(o2=tree), kind))[1].method == "append"


def _with_right_offsets(data: bytes) -> bytes:
    """The file with the offsets of a table as they are."""
    head = data[: data.index(b"\nxref\n") + 1]
    found = {int(m[2]): m.start(2) for m in re.finditer(rb"(\n)(0?\d+)[\s%no]+0+[\s%no]+obj", head)}
    rows = b"".join(b"%010d 00000 n \n" % found[number] for number in sorted(found))
    size = max(found) + 1
    xref = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, rows)
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(head))
    return head + xref + end


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "stream",
    [
        b"<</Length 8 0 R>>stream\n%s\nendstream",
        b"<</Length 99 0 R>>stream\n%s\nendstream",
        b"<</Length 3 0 R>>stream\n%s\nendstream",
        b"<</Length 0>>stream\n%s\nendstream",
        b"<</Length 1000000>>stream\n%s\nendstream",
        b"<</Length -1>>stream\n%s\nendstream",
        b"<<>>stream\n%s\nendstream",
        b"<</Length %d>>stream\r\n%s\r\nendstream",
        b"<</Length %d>>\n\nstream\n%sendstream",
        b"<</Length %d>>% a comment\nstream\n%s\nendstream",
        b"<</Length 8 0 R/Filter[]>>stream\n%s\nendstream",
        b"<</Length 8 0 R/Filter null/DecodeParms null>>stream\n%s\nendstream",
    ],
    ids=range(12),
)
def test_stream_lengths(kind, stream):
    body = stream.replace(b"%d", b"%d" % len(CONTENT)).replace(b"%s", CONTENT)
    data = file_of({**objects(o3=body), 8: b"%d" % len(CONTENT)}, kind)
    assert_marked_like_plain(data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("data", "entries"),
    [
        (CONTENT.hex().encode() + b">", b"/Filter/ASCIIHexDecode"),
        (CONTENT.hex().encode() + b">", b"/Filter[/AHx]"),
        (b"\x80", b"/Filter/RunLengthDecode"),
    ],
)
def test_filters(kind, data, entries):
    if entries.endswith(b"RunLengthDecode"):
        data = bytes([len(CONTENT) - 1]) + CONTENT + data
    assert len(CONTENT) <= 128
    before = file_of(objects(o3=builders.stream(data, entries)), kind)
    assert_marked_like_plain(before)
