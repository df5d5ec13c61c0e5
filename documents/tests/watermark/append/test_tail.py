"""What a tail is: small, the same for the same input, and the original untouched before it."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from documents.tests import builders
from documents.tests.watermark.marking import assert_marked, marked, outcome, spec_of
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated
from documents.tests.watermark.rendering import changed_region, page_count
from documents.watermark import BadSpec, Limits, build_tail
from documents.watermark.append.sealing import NEAR_BYTES, PIECE_BYTES, blanked
from documents.watermark.errors import Damaged, TooLarge

OBJECTS = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
    3: builders.stream(builders.TEXT),
    4: b"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources%s%s>>"
    % (builders.RESOURCES, builders.page_entries()),
}


@pytest.mark.parametrize("make", [builders.plain, builders.object_streams, builders.linearized])
def test_the_original_stays_byte_for_byte(make):
    before = make(3)
    after, result = outcome(before)
    assert after.startswith(before)
    assert result.method == "append"
    assert len(after) == len(before) + result.tail_bytes == result.bytes_written


@pytest.mark.parametrize("strength", ["standard", "sealed"])
@pytest.mark.parametrize("make", [builders.plain, builders.object_streams])
def test_a_tail_by_itself_is_what_apply_appends(make, strength, tmp_path):
    before = make(30)
    path = tmp_path / "in.pdf"
    path.write_bytes(before)
    tail = build_tail(path, spec_of(strength=strength))
    copy = bytearray(before)
    for at, data in blanked(before, tail.blanks):
        copy[at : at + len(data)] = data
    assert tail.source_bytes == len(before)
    assert bytes(copy) + tail.data == marked(before, strength=strength)
    assert (strength == "sealed") == bool(tail.blanks)
    assert tail.pages == 30


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, NEAR_BYTES, NEAR_BYTES + 1]),
            st.sampled_from([1, 9, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1]),
        ),
        max_size=5,
    )
)
def test_blanks_near_and_far_small_and_large(gaps_and_lengths):
    """One null for each, spaces behind it, and not a byte elsewhere."""
    at, blanks, expected = 0, [], b""
    for gap, length in gaps_and_lengths:
        blanks.append((at + gap, at + gap + length))
        expected += b"x" * gap + b" null"[:length].ljust(length)
        at += gap + length
    copy = bytearray(b"x" * at)
    for place, data in blanked(bytes(copy), blanks):
        copy[place : place + len(data)] = data
    assert bytes(copy) == expected


@pytest.mark.parametrize("mark_id", ["two words", "ü", "a" * 129, "line\n"])
def test_an_id_that_is_none(mark_id, tmp_path):
    path = tmp_path / "in.pdf"
    path.write_bytes(builders.plain())
    with pytest.raises(BadSpec) as caught:
        build_tail(path, spec_of(), mark_id=mark_id)
    assert caught.value.problems[0].loc == ("mark_id",)


def test_a_tail_for_some_pages(tmp_path):
    before = builders.plain(5)
    path = tmp_path / "in.pdf"
    path.write_bytes(before)
    tail = build_tail(path, spec_of(), only_pages={2})
    after = before + tail.data
    shown = [page for page in range(5) if changed_region(before, after, page)]
    assert shown == [1]


def test_no_tail_for_what_has_to_be_written_anew(tmp_path):
    path = tmp_path / "in.pdf"
    path.write_bytes(builders.with_shifted_offsets())
    with pytest.raises(Damaged):
        build_tail(path, spec_of())
    path.write_bytes(builders.plain())
    with pytest.raises(BadSpec):
        build_tail(path, spec_of(strength="raster"))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "hybrid"])
def test_standard_can_be_undone_by_cutting_and_sealed_cannot(kind):
    """The trap of every incremental update: what is before the tail is the whole original."""
    before = file_of(OBJECTS, kind)
    assert marked(before)[: len(before)] == before
    sealed = marked(before, strength="sealed")
    assert_marked(before, sealed)
    assert not pages_shown(sealed[: len(before)])
    assert len(sealed) < len(before) + 6_000


@pytest.mark.parametrize("kind", ["table", "stream", "packed"])
def test_sealing_reaches_every_revision(kind):
    first = file_of(OBJECTS, kind)
    second = updated(first, {4: OBJECTS[4].replace(b"/Contents", b"/Rotate 90/Contents")}, kind)
    sealed = marked(second, strength="sealed")
    assert_marked(second, sealed)
    for length in (len(first), len(second)):
        assert not pages_shown(sealed[:length])


@pytest.mark.parametrize("revision", [3, 6])
def test_sealed_and_encrypted(revision):
    before = builders.encrypted(revision=revision)
    sealed = marked(before, strength="sealed")
    assert_marked(before, sealed)
    assert not pages_shown(sealed[: len(before)])


def pages_shown(data: bytes) -> int:
    """How many pages a viewer that repairs what it can still draws."""
    try:
        with pdfium.PdfDocument(data) as document:
            return sum(1 for index in range(len(document)) if loads(document, index))
    except pdfium.PdfiumError:
        return 0


def loads(document, index: int) -> bool:
    try:
        document[index].render(scale=0.1)
    except pdfium.PdfiumError:
        return False
    return True


def test_pypdf_reads_what_was_appended(caplog):
    """Another reader than those that repair: it takes the file as it is written."""
    for make in (builders.plain, builders.object_streams):
        reader = PdfReader(io.BytesIO(marked(make(3), watermark_text="SECRET")), strict=True)
        assert len(reader.pages) == 3 == page_count(make(3))
        assert "SECRET" in reader.pages[2].extract_text().replace("\n", "")
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("header", "given", "expected"),
    [("1.2", b"", "1.4"), ("1.2", b"/Version/1.3", "1.4"), ("1.2", b"/Version/1.6", "1.6")],
)
def test_a_document_from_before_transparency_takes_the_version_that_has_it(header, given, expected):
    objects = {**OBJECTS, 1: b"<</Type/Catalog/Pages 2 0 R%s>>" % given}
    before = file_of(objects).replace(b"%PDF-1.7", b"%%PDF-%s" % header.encode())
    with pikepdf.open(io.BytesIO(marked(before))) as pdf:
        assert pdf.Root.Version == f"/{expected}"
    with pikepdf.open(io.BytesIO(marked(file_of(OBJECTS)))) as pdf:
        assert "/Version" not in pdf.Root


def test_a_tail_that_would_be_too_large_is_not_written_to_its_end():
    before = builders.plain(2000)
    with pytest.raises(TooLarge):
        outcome(before, limits=Limits(max_target_bytes=len(before) + 100_000))
