"""Operators that lack operands: after one of them Poppler reads no more of the content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.tests import builders
from documents.tests.watermark.marking import notices, outcome
from documents.watermark.append.operands import MOST_BYTES, NEEDED, lacks_operands

GEOMETRY = builders.page_entries()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        builders.TEXT,
        b"q 1 0 0 1 5 5 cm /Im0 Do Q",
        b"BT /F1 12 Tf[(a)-20(b)]TJ(x)Tj<00>Tj 3(y)1(z)Tj ET",
        b"BT /F1 12 Tf (this is q 1 cm f re h) Tj T* (a (nested w) one) Tj ET",
        b"BT /F1 12 Tf (only cm Tm) Tj ET",
        b"/Span<</ActualText(x)>> BDC /P<</MCID 0>>BDC/Artifact BMC EMC EMC EMC",
        b"/P <</MCID 0 /A [1 cm 2]>> BDC EMC",
        b"[] 0 d [3 2] 0 d[3]0 d 0 0 1 rg/GS0 gs",
        b"1 2 3 4 5 6 7 re % 1 cm\n",
        b"/Cs1 cs 1 scn /P0 scn SC true false null true gs",
        b"BI /W 1 /H 1 /CS /G /BPC 8 ID cm re\x00 w EI Q 1 w",
        b"unknown Words q Q",
        b"1 0 0 1 0 0",
    ],
)
def test_enough(content):
    assert not lacks_operands(content)


@pytest.mark.parametrize(
    "content",
    [
        b"EGS9 gs /Tr8 Do",
        b"1 0 0 -1 XXXX 43.84 Tm",
        b"cm",
        b"q 1 0 0 1 0 cm Q",
        b"BT Tj ET",
        b"BT /F1 Tf ET",
        b"0 0 1 rg 0 1 rg",
        b"[1 2 3 4 5 6] cm",
        b"1 2 3 4 5 q 6 cm",
    ],
)
def test_too_few(content):
    assert lacks_operands(content)


COUNTED = sorted(NEEDED.keys() - {b"BDC", b"DP", b"d"})  # of these a glance takes one for two


@given(st.lists(st.tuples(st.sampled_from(COUNTED), st.integers(0, 9)), max_size=20))
def test_what_separate_words_add_up_to(operations):
    content = b"\n".join(b"1 " * number + operator for operator, number in operations)
    too_few = any(number < NEEDED[operator] for operator, number in operations)
    assert lacks_operands(content) is too_few


def test_very_long_content_is_taken_for_sound():
    assert not lacks_operands(b"cm" + b" " * MOST_BYTES)


@pytest.mark.parametrize("compress", [False, True])
def test_such_content_is_set_apart(compress):
    for content, is_apart in ((b"q EGS9 gs Q", True), (b"q /EGS9 gs Q", False)):
        objects = {3: builders.stream(content, compress=compress)}
        page = builders.one_page(GEOMETRY + b"/Contents 3 0 R", objects)
        _, result = outcome(page)
        assert ("content_isolated" in notices(result)) is is_apart
