"""What a file is, by its bytes."""

from __future__ import annotations

import io

import pytest

from documents.formats.kinds import DocumentFormat
from documents.formats.sniffing import MOST_TEXT_BYTES, format_of, may_be_one, reason_against
from documents.tests.factories import make_pdf
from documents.tests.formats.files import EVERY_KIND, picture, repacked, word


def kind_of(data: bytes) -> str | None:
    return format_of(io.BytesIO(data))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_known_by_its_bytes(kind):
    data = EVERY_KIND[kind]()
    assert kind_of(data) == kind
    assert may_be_one(data[:8192])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\n" * 8000 + b"%PDF-1.4\n", "pdf"),
        (b"junk\x00\x01 before %PDF-1.4", "pdf"),
        (b"%PDF", "pdf"),
        (b"A PDF begins with %PDF-1.7, says its standard.", "txt"),
        ("\ufeffmit Marke".encode(), "txt"),
        ("as Windows saves it".encode("utf-16"), "txt"),
        (b"   \n\t\n", "txt"),
        ("日本語".encode(), "txt"),
        (b"a,b\n1,2\n", "txt"),
        (picture("PNG") + b"%PDF-1.7\n", "png"),
        (repacked(word(), {"media/a.pdf": make_pdf()}), "docx"),
    ],
)
def test_what_could_be_two_kinds_is_what_readers_take_it_for(data, kind):
    assert kind_of(data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02",
        b"\x7fELF\x02\x01\x01" + bytes(100),
        b"MZ\x90\x00" + bytes(100),
        b"GIF89a" + bytes(20),
        b"<html><p>Hello</p></html>",
        b"\xef\xbb\xbf <!DOCTYPE html>",
        b"<?xml version='1.0'?><svg/>",
        b"{\\rtf1 Hello}",
        b"%!PS-Adobe-3.0",
        b"caf\xe9 in Latin-1",
        b"PK\x03\x04 a zip file",
        repacked(word(), {"word/document.xml": None}),
        repacked(word(), {"[Content_Types].xml": None}),
        word()[:-30],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
        b"\xff\xfea\xd8",
        b"a" * (MOST_TEXT_BYTES + 1),
    ],
)
def test_everything_else_is_none_of_ours(data):
    assert kind_of(data) is None


def test_the_first_bytes_tell_what_need_not_be_read_to_its_end():
    assert not may_be_one(b"\x7fELF" + bytes(8188))
    assert not may_be_one(b"<html>" + b"a" * 8186)
    # A character may end behind what has arrived.
    assert may_be_one(("a" * 8191 + "ü").encode()[:8192])


def test_people_hear_why():
    assert "empty" in reason_against(io.BytesIO(b""))
    assert "password" in reason_against(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
    assert "ZIP" in reason_against(io.BytesIO(b"PK\x03\x04"))
    assert "4 MiB" in reason_against(io.BytesIO(b"a" * (MOST_TEXT_BYTES + 1)))


@pytest.mark.parametrize(
    ("format", "given", "name"),
    [
        ("pdf", "Offer.PDF", "Offer.PDF"),
        ("png", "document.pdf", "document.png"),
        ("jpg", "a.jpeg", "a.jpeg"),
        ("txt", "notes.md", "notes.md"),
        ("txt", "setup.exe", "setup.exe.txt"),
        ("docx", "contract", "contract.docx"),
        ("docx", ".docx", ".docx"),
        ("pdf", ".txt", ".txt.pdf"),
    ],
)
def test_downloads_have_names_that_say_what_they_are(format, given, name):
    assert DocumentFormat(format).named(given) == name
