"""Files made to cost: each has to end soon, in little memory, and well or with an error of ours."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from documents.tests.watermark.marking import outcome
from documents.tests.watermark.pdfs.pages import OBJECTS, PAGE, assert_marked_like_plain
from documents.tests.watermark.pdfs.writing import file_of
from documents.watermark import WatermarkError
from documents.watermark.syntax.lexer import number_of
from documents.watermark.syntax.parser import parsed
from documents.watermark.syntax.unreadable import Unreadable

SOON = 5.0  # seconds; each of these took minutes, or no end of them


def within(seconds: float, call: Callable[[], object]) -> None:
    """Call; errors of ours are well."""
    start = time.monotonic()
    try:
        call()
    except (WatermarkError, Unreadable):
        pass
    assert time.monotonic() - start < seconds


def test_a_form_whose_fields_lead_to_themselves():
    form = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]>>>>",
        8: b"<</T(a)/Kids[%s]>>" % (b"8 0 R " * 200),
    }
    start = time.monotonic()
    assert_marked_like_plain(file_of(OBJECTS | form))
    assert time.monotonic() - start < SOON


def test_a_value_that_refers_to_billions():
    def resolve(text: bytes) -> bytes:
        number = int(text.split()[0])
        return b"[%s]" % (b"%d 0 R " % (number + 1) * 1000)

    start = time.monotonic()
    with pytest.raises(Unreadable):
        parsed(b"1 0 R", resolve)
    assert time.monotonic() - start < SOON


@pytest.mark.parametrize("text", [b"inf", b"-Infinity", b"nan", b"NaN", b"1_0", b"1e999", b"x"])
def test_what_only_python_takes_for_a_number(text):
    assert number_of(text) is None


@pytest.mark.parametrize("text", [b"4.", b"+.5", b"-0", b"1e-7"])
def test_odd_numbers(text):
    assert number_of(text) == float(text)


def test_an_encryption_of_infinite_version():
    data = file_of(OBJECTS, trailer=b"/Encrypt<</Filter/Standard/V inf/R 3>>")
    with pytest.raises(WatermarkError):
        outcome(data)


@pytest.mark.parametrize(("width", "generation"), [(4, 70_000), (9, 99_999), (9, 1 << 64)])
def test_a_page_of_an_impossible_generation(width, generation):
    """Cross-reference streams can say what no object may have (7.5.4: at most 65,535)."""
    data = file_of(OBJECTS, "stream", widths=(1, 4, width), generations={4: generation})
    data = data.replace(b"4 %d obj" % generation, b"4 0 obj".ljust(len(b"4 %d obj" % generation)))
    assert PAGE in data
    within(SOON, lambda: outcome(data))
