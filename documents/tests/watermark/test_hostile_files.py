"""Files made to cost: each has to end soon, in little memory, and well or with an error of ours."""

from __future__ import annotations

import contextlib
import signal
import tempfile
import zlib
from collections.abc import Callable

import pytest

from documents.tests import builders
from documents.tests.watermark.marking import outcome
from documents.tests.watermark.pdfs.pages import OBJECTS, PAGE, assert_marked_like_plain
from documents.tests.watermark.pdfs.writing import HEADER, file_of, last_startxref
from documents.watermark import WatermarkError
from documents.watermark.reading.pdf_file import PdfFile
from documents.watermark.syntax import filters
from documents.watermark.syntax.lexer import number_of
from documents.watermark.syntax.parser import parsed
from documents.watermark.syntax.unreadable import Unreadable

GIVEN_UP = 60  # seconds of processor time; each of these took minutes, or no end of them


@pytest.fixture(autouse=True)
def given_up():
    """End a test that does not end: no stop watch, which a busy machine would fail."""

    def end(*_: object) -> None:
        raise TimeoutError("this does not end")

    former = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, former)


def ends(call: Callable[[], object]) -> None:
    """Call; errors of ours are well."""
    with contextlib.suppress(WatermarkError, Unreadable):
        call()


def test_a_form_whose_fields_lead_to_themselves():
    form = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[8 0 R]>>>>",
        8: b"<</T(a)/Kids[%s]>>" % (b"8 0 R " * 200),
    }
    assert_marked_like_plain(file_of(OBJECTS | form))


def test_a_value_that_refers_to_billions():
    def resolve(text: bytes) -> bytes:
        number = int(text.split()[0])
        return b"[%s]" % (b"%d 0 R " % (number + 1) * 1000)

    with pytest.raises(Unreadable):
        parsed(b"1 0 R", resolve)


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
    ends(lambda: outcome(data))


def opening(data: bytes) -> None:
    """What the fast reader does before it asks for the first page."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with PdfFile(file) as read:
            read.object_text(1)


def chain_of(links: int, rows: bytes, size: int) -> bytes:
    """Cross-reference streams of one byte for each object, each leading to the one before."""
    data, start = HEADER, 0
    for link in range(links):
        before = b"/Prev %d" % start if link else b""
        start = len(data)
        entries = b"/Type/XRef/W[0 0 1]/Size %d/Root 1 0 R/Filter/FlateDecode" % size + before
        data += b"9 0 obj\n%s\nendobj\n" % builders.stream(rows, entries)
    return data + b"startxref\n%d\n%%%%EOF" % start


def test_cross_references_that_decode_to_gigabytes():
    """A small stream of zeros, and a chain of two hundred of them."""
    rows = zlib.compress(bytes(1 << 25), 9)
    ends(lambda: opening(chain_of(200, rows, 1 << 25)))


def test_a_long_history_of_large_sections():
    """Merged for look-ups, which must not make a dictionary of what is only said to exist."""
    rows = zlib.compress(bytes(1 << 21), 9)
    ends(lambda: opening(chain_of(30, rows, 1 << 21)))


def test_a_table_of_a_million_sections():
    data = file_of(OBJECTS)
    at = last_startxref(data) + 5
    data = data[:at] + b"0 1\n0000000000 65535 f \n" * 1_000_000 + data[at:]
    ends(lambda: opening(data))


def test_an_object_stream_of_millions():
    head = b"1 0 " * (4 << 20)
    entries = b"/Type/ObjStm/N %d/First %d" % (4 << 20, len(head))
    body = builders.stream(head + b"<<>>", entries, compress=True)
    data = file_of({**OBJECTS, 8: body}, "stream")
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with PdfFile(file) as read:
            with pytest.raises(Unreadable, match="too many objects"):
                read.object_streams.opened(8)


@pytest.mark.parametrize("key", [b"/Length", b"/N", b"/First", b"/Filter"])
def test_an_object_stream_that_has_to_be_read_to_be_read(key):
    """What its dictionary refers to is in the stream itself (7.5.7 forbids it)."""
    data = file_of(OBJECTS, "packed")
    at = data.index(key, data.rindex(b" obj", 0, data.index(b"/ObjStm")))
    end = at + len(key) + 1 + len(data[at + len(key) + 1 :].split(b"/")[0].split(b">")[0])
    odd = data[:at] + key + b" 4 0 R" + data[end:]
    moved = last_startxref(data) + len(odd) - len(data)
    odd = odd[: odd.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF" % moved
    with tempfile.TemporaryFile() as file:
        file.write(odd)
        file.flush()
        with PdfFile(file) as read, pytest.raises(Unreadable):
            read.object_text(4)


def test_rows_to_undo_byte_by_byte():
    """All filters of PNG but Up are undone in Python (7.4.4.4)."""
    rows = (b"\x04" + bytes(100)) * 300_000
    ends(lambda: filters.png_unpredicted(rows, 100))
