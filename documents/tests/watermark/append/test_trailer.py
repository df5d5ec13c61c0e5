"""The trailer of a tail: what it carries on from the one before it (ISO 32000-2, 7.5.6, 14.4)."""

from __future__ import annotations

import io

import pikepdf
import pytest

from documents.tests.watermark.marking import marked
from documents.tests.watermark.pdfs.pages import OBJECTS, assert_marked_like_plain
from documents.tests.watermark.pdfs.writing import KINDS, file_of

INFO = b"<</Title(A title)>>"


@pytest.mark.parametrize("kind", KINDS)
def test_entries_that_nobody_knows_are_carried_on(kind):
    """An update's trailer has all entries of the one before, but for those of its section."""
    more = b"/Info 8 0 R/Their#20Own<</Key[8 0 R(x)]>>"
    after, _ = assert_marked_like_plain(file_of({**OBJECTS, 8: INFO}, kind, trailer=more))
    tail = after[after.rindex(b"startxref", 0, -40) :]
    assert b"/XRefStm" not in tail
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert bytes(pdf.trailer["/Their Own"].Key[1]) == b"x"
        assert str(pdf.trailer.Info.Title) == "A title"


def test_the_signs_of_a_former_pass_are_not():
    """A sealed copy of a marked document ends in no tail that could be cut off."""
    once = marked(file_of(OBJECTS))
    assert b"/CTMK_Original" in once
    again = marked(once, strength="sealed")
    assert b"/CTMK_Original" not in again[len(once) :]


@pytest.mark.parametrize("kind", ["table", "stream"])
def test_an_identifier_by_reference(kind):
    objects = {**OBJECTS, 8: b"(first of sixteen)", 9: b"[8 0 R(second)]"}
    after, _ = assert_marked_like_plain(file_of(objects, kind, trailer=b"/ID 9 0 R"))
    with pikepdf.open(io.BytesIO(after)) as pdf:
        first, second = map(bytes, pdf.trailer.ID)
    assert first == b"first of sixteen"
    assert second.startswith(b"second")
    assert second != b"second"
