"""Sound copies: whatever a document was like, the fast reader then reads it plainly."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.encrypting import encrypted
from documents.tests.watermark.rendering import changed_region, page_count, page_size
from documents.watermark.errors import Damaged, Encrypted, TooManyPages
from documents.watermark.outcome import Limits
from documents.watermark.reading.page_tree import PageTree
from documents.watermark.reading.pdf_file import PdfFile
from documents.watermark.repair import pdfium, qpdf

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
GEOMETRY = builders.page_entries()
PAGE = b"<</Type/Page/Parent 2 0 R/Contents 9 0 R/Resources%s%s>>" % (builders.RESOURCES, GEOMETRY)


def copied(data: bytes, *, by=qpdf, password: str | None = None, strips: bool = False) -> bytes:
    return outcome(data, by=by, password=password, strips=strips)[0]


def outcome(
    data: bytes, *, by=qpdf, password: str | None = None, strips: bool = False, pages: int = 100
) -> tuple[bytes, set[str]]:
    with tempfile.TemporaryFile(buffering=0) as source, tempfile.TemporaryFile() as target:
        source.write(data)
        target.write(b"left over" * 10_000)
        notices = by.sound_copy(source, target, password, Limits(max_pages=pages), strips=strips)
        target.seek(0)
        return target.read(), {notice.code for notice in notices}


def tree(kids: bytes, objects: dict[int, bytes], count: int = 1) -> bytes:
    node = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    content = builders.stream(builders.TEXT)
    return builders.document({1: CATALOG, 2: node, 9: content} | objects)


def assert_plain(data: bytes, pages: int, password: str | None = None) -> None:
    """The reader that appends finds so many pages, each an object that knows its parent."""
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        with PdfFile(stream, password) as file:
            found = PageTree(file)
            nodes = list(found)
            assert len(nodes) == found.count == pages
            assert len({node.number for node in nodes}) == pages
            assert all(b"/Parent" in node.text and b"/MediaBox" in node.text for node in nodes)


ODD_TREES = {
    "inline": (tree(PAGE, {}), 1),
    "listed twice": (tree(b"3 0 R 3 0 R", {3: PAGE}, 2), 2),
    "wrong type": (tree(b"3 0 R", {3: PAGE.replace(b"/Page/", b"/Pagge/")}), 1),
    "wrong count": (tree(b"3 0 R null 8 0 R", {3: PAGE}, 7), 1),
    "no parent": (tree(b"3 0 R", {3: PAGE.replace(b"/Parent 2 0 R", b"")}), 1),
    "wrong parent": (tree(b"3 0 R", {3: PAGE.replace(b"/Parent 2", b"/Parent 1")}), 1),
    "parent is no node": (tree(b"3 0 R", {3: PAGE.replace(b"/Parent 2 0 R", b"/Parent 2")}), 1),
    "nested": (
        tree(b"4 0 R 3 0 R", {3: PAGE, 4: b"<</Type/Pages/Count 1/Kids[5 0 R]>>", 5: PAGE}, 2),
        2,
    ),
}


@pytest.mark.parametrize("case", ODD_TREES)
@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_page_trees_become_plain(case, by):
    data, pages = ODD_TREES[case]
    after = copied(data, by=by)
    assert_plain(after, pages)
    for page in range(pages):
        assert not changed_region(builders.plain(), after, 0) or page


@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_page_trees_that_qpdf_gives_up(by):
    """A node in two places, a node below itself, a page instead of a tree."""
    inner = b"<</Type/Pages/Rotate 90/Parent 2 0 R/Count 1/Kids[%s]>>"
    twice = tree(b"4 0 R 4 0 R", {3: PAGE, 4: inner % b"3 0 R"}, 2)
    looped = tree(b"4 0 R 3 0 R", {3: PAGE, 4: inner % b"2 0 R 3 0 R"}, 2)
    lone = builders.document({1: CATALOG, 2: b"<</Type/Page%s>>" % GEOMETRY})
    for data in (twice, looped, lone):
        assert_plain(copied(data, by=by), page_count(data))
    assert page_size(copied(twice, by=by), 1) == page_size(copied(looped, by=by)) == (842, 595)


@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_damage_is_told(by):
    after, codes = outcome(builders.with_shifted_offsets(), by=by)
    assert codes == {"repaired"}
    assert_plain(after, 1)
    assert not changed_region(builders.plain(), after)


def test_sound_documents_are_not_called_repaired():
    assert outcome(builders.plain())[1] == set()


@pytest.mark.parametrize("by", [qpdf, pdfium])
@pytest.mark.parametrize(
    "data", [builders.without_pages(), builders.with_looped_tree(), builders.truncated()]
)
def test_what_has_no_pages_is_refused(by, data):
    with pytest.raises(Damaged):
        copied(data, by=by)


@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_too_many_pages(by):
    with pytest.raises(TooManyPages):
        outcome(builders.plain(pages=3), by=by, pages=2)


def test_streams_and_object_streams_stay():
    before = builders.object_streams()
    after = copied(before)
    assert b"/ObjStm" in after
    assert len(after) < len(before) * 1.1
    assert builders.TEXT in copied(builders.plain())
    assert b"/ObjStm" not in copied(builders.plain())


@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_a_trailer_without_a_size(by):
    assert_plain(copied(builders.plain().replace(b"/Size 11", b""), by=by), 1)


def test_same_document_same_copy():
    for make in (builders.plain, builders.object_streams, builders.inherited):
        assert copied(make()) == copied(make())


@pytest.mark.parametrize("by", [qpdf, pdfium])
@pytest.mark.parametrize(("revision", "aes"), [(2, False), (3, False), (4, True), (6, True)])
def test_encryption_stays(by, revision, aes):
    data = encrypted(revision, aes, user="user")
    for password in (None, "wrong"):
        with pytest.raises(Encrypted if by is qpdf else Damaged):
            copied(data, by=by, password=password)
    after = copied(data, by=by, password="user")
    assert_plain(after, 1, "user")
    with pikepdf.open(io.BytesIO(after), password="owner") as pdf:
        assert pdf.encryption.R == revision
        assert pdf.pages[0].Contents.read_bytes() == builders.TEXT


def test_encryption_without_a_key_length():
    data = encrypted(4, True).replace(b"/Length 128", b"           ")
    assert_plain(copied(data), 1)


def test_a_needless_password_does_no_harm():
    assert_plain(copied(encrypted(6, True), password="needless"), 1)


def test_passwords_that_were_prepared():
    data = encrypted(6, True, user="\u212b")  # Å as the unit's sign
    with pikepdf.open(io.BytesIO(data), password="owner"):
        assert_plain(copied(data, password="\u212b"), 1, "\u212b")
    data = encrypted(6, True, user="Å")
    assert_plain(copied(data, password="\u212b"), 1, "\u212b")


@pytest.mark.parametrize("by", [qpdf, pdfium])
def test_active_content_is_taken_out(by):
    script = b"/OpenAction<</S/JavaScript/JS(app.alert)>>"
    data = builders.plain().replace(b"/Pages 2 0 R", b"/Pages 2 0 R" + script)
    after, codes = outcome(data, by=by, strips=True)
    assert "active_content_removed" in codes
    assert b"app.alert" not in after
    assert b"app.alert" in copied(data, by=by)
    assert_plain(after, 1)


def test_a_full_disk_is_told():
    with (
        tempfile.TemporaryFile(buffering=0) as source,
        Path("/dev/full").open("w+b", buffering=0) as target,
    ):
        source.write(builders.plain())
        with pytest.raises(OSError, match="space"):
            qpdf.save(pikepdf.open(io.BytesIO(builders.plain())), target)
