"""Every kind of document: marked where it can be, refused with the right code where not."""

from __future__ import annotations

import io
import tracemalloc

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.marking import assert_marked, marked, notices, outcome, spec_of
from documents.tests.watermark.rendering import changed_region, changes, page_count, text_of
from documents.watermark import Limits, apply, inspect
from documents.watermark.errors import (
    Damaged,
    Encrypted,
    NotAPdf,
    Signed,
    TooLarge,
    TooManyPages,
)

GEOMETRY = builders.page_entries()


def test_pages_that_share_content_and_resources():
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count 3/Kids[10 0 R 11 0 R 10 0 R]/Resources 5 0 R%s>>" % GEOMETRY,
        3: builders.stream(builders.TEXT),
        4: b"[3 0 R]",
        5: builders.RESOURCES,
        10: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        11: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Rotate 90>>",
    }
    before = builders.document(objects)
    assert_marked(before, marked(before), pages=3)


def test_marking_twice_adds_a_second_mark():
    page = builders.plain()
    once = marked(page, position="top_left")
    twice = marked(once, position="bottom_right")
    assert changed_region(once, twice).top > 700
    assert changed_region(page, twice).top < 100


@pytest.mark.parametrize("make", [builders.object_streams, builders.linearized])
def test_other_ways_to_write_a_file(make):
    before = make(3)
    after, result = outcome(before)
    assert_marked(before, after, pages=3)
    assert not result.warnings


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_encrypted_without_a_user_password_stays_encrypted(revision):
    before = builders.encrypted(revision=revision)
    after = marked(before)
    assert_marked(before, after)
    with pikepdf.open(io.BytesIO(after)) as pdf:
        assert pdf.is_encrypted
        assert pdf.encryption.R == revision
    with pikepdf.open(io.BytesIO(after), password="owner") as pdf:
        assert pdf.owner_password_matched


def test_encrypted_without_a_key_length():
    before = builders.encrypted(revision=4).replace(b"/Length 128", b"           ")
    with pikepdf.open(io.BytesIO(before)) as pdf:
        assert "/Length" not in pdf.trailer.Encrypt
    assert_marked(before, marked(before))


@pytest.mark.parametrize("revision", [3, 6])
def test_encrypted_with_a_user_password(revision):
    before = builders.encrypted(user="sesame", revision=revision)
    for password in (None, "", "wrong", "näh"):
        with pytest.raises(Encrypted):
            marked(before, password=password)
    with pikepdf.open(io.BytesIO(marked(before, password="sesame")), password="sesame") as pdf:
        assert any(name.startswith("/CTMK") for name in pdf.pages[0].Resources.XObject)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotAPdf),
        (b"PK\x03\x04 a zip file", NotAPdf),
        (b"<html>%PDF is written here</html>", NotAPdf),
        (b"\0" * 100_000, NotAPdf),
        (b"%PDF-1.7\n", Damaged),
        (b"%PDF-1.7\n" + b"\0" * 100_000, Damaged),
        (b"%PDF-1.7\n" + b"1 0 obj\n" * 10_000, Damaged),
        (builders.truncated(), Damaged),
        (builders.without_pages(), Damaged),
        (builders.with_looped_tree(), Damaged),
        (builders.document({1: b"<</Type/Catalog>>"}), Damaged),
    ],
)
def test_refused(data, error):
    with pytest.raises(error):
        marked(data)


def test_damage_that_can_be_repaired_is_and_is_told():
    after, result = outcome(builders.with_shifted_offsets())
    assert_marked(builders.plain(), after)
    assert notices(result) == {"repaired"}


def test_junk_before_the_header():
    before = b"junk\n" * 100 + builders.plain()
    assert_marked(before, marked(before))


def test_what_only_pdfium_can_read(tmp_path):
    """The last trailer names no catalogue; qpdf gives up, pdfium takes the trailer before."""
    before = builders.plain() + b"trailer\n<</Size 11/Root 9 0 R>>\nstartxref\n9999\n%%EOF\n"
    after, result = outcome(before)
    assert_marked(builders.plain(), after)
    assert "repaired" in notices(result)
    path = tmp_path / "in.pdf"
    path.write_bytes(before)
    assert inspect(path).pages == 1


def test_signed_documents_are_refused_unless_allowed():
    before = builders.signed()
    with pytest.raises(Signed):
        marked(before)
    after, result = outcome(before, preserve_signatures="allow")
    assert_marked(before, after)
    assert notices(result) == {"signatures_broken"}


def test_a_place_for_a_signature_is_no_signature():
    before = builders.with_empty_signature_field()
    assert_marked(before, marked(before))


def test_usage_rights_are_removed():
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/Perms<</UR3 3 0 R>>>>",
        2: b"<</Type/Pages/Count 1/Kids[10 0 R]>>",
        3: b"<</Type/Sig>>",
        10: b"<</Type/Page/Parent 2 0 R%s>>" % GEOMETRY,
    }
    after, result = outcome(builders.document(objects))
    assert notices(result) == {"usage_rights_removed"}
    assert "/Perms" not in pikepdf.open(io.BytesIO(after)).Root


def test_limits():
    document = builders.plain(pages=3)
    assert page_count(outcome(document, limits=Limits(max_pages=3))[0]) == 3
    with pytest.raises(TooManyPages):
        outcome(document, limits=Limits(max_pages=2))
    with pytest.raises(TooLarge):
        outcome(document, limits=Limits(max_source_bytes=len(document) - 1))
    with pytest.raises(TooLarge):
        outcome(document, limits=Limits(max_target_bytes=len(document)))


def test_a_page_count_that_lies():
    before = builders.plain(pages=2).replace(b"/Count 2", b"/Count 2000000000")
    after, result = outcome(before)
    assert result.pages == page_count(after) == 2


def test_a_page_count_that_promises_too_much_is_kept():
    """Nothing is taken from what viewers say; the last page is the last that there is."""
    before = builders.plain(pages=2).replace(b"/Count 2", b"/Count 4")
    after, result = outcome(before, pages="last", watermark_text="{{page}} of {{pages}}")
    assert result.method == "append"
    assert (result.pages, page_count(after)) == (2, 4)
    assert "2 of 2" in text_of(after, page=1)
    assert changed_region(before, after, page=0) is None


@pytest.mark.parametrize("header", [b"%PDF1.4", b"%PDF", b"%PDF-"])
def test_a_header_cut_short(header):
    before = builders.plain().replace(b"%PDF-1.7", header, 1)
    assert_marked(before, marked(before))


@pytest.mark.parametrize(
    "make",
    [builders.plain, builders.mixed, builders.inherited, builders.object_streams],
)
def test_same_input_same_bytes(make):
    document = make()
    assert marked(document, position="tile") == marked(document, position="tile")
    assert marked(document) != marked(document, watermark_text="OTHER")


@pytest.mark.parametrize(("make", "most"), [(builders.plain, 300), (builders.object_streams, 40)])
def test_growth_per_page_is_small(make, most):
    few, many = (len(marked(make(pages))) - len(make(pages)) for pages in (1, 201))
    assert few < 6_000
    assert (many - few) / 200 < most


def test_growth_does_not_depend_on_the_number_of_tiles():
    few, many = (len(marked(builders.plain(), position=where)) for where in ("center", "tile"))
    assert many - few < 4_000


def test_original_bytes_of_streams_are_kept():
    picture = bytes(range(256)) * 40
    entries = b"/Type/XObject/Subtype/Image/Width 64/Height 160/BitsPerComponent 8"
    more = {3: builders.stream(picture, entries + b"/ColorSpace/DeviceGray")}
    before = builders.one_page(GEOMETRY + b"/Resources<</XObject<</Im 3 0 R>>>>", more)
    assert picture in marked(before)


def test_paths_and_progress(tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(builders.plain(pages=3))
    seen: list[tuple[int, int]] = []
    result = apply(source, target, spec_of(), on_page=lambda *page: seen.append(page))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert (result.pages, result.bytes_written) == (3, target.stat().st_size)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.pdf", "out.pdf"]


def test_a_failure_leaves_no_target(tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(builders.truncated())
    with pytest.raises(Damaged):
        apply(source, target, spec_of())
    assert [path.name for path in tmp_path.iterdir()] == ["in.pdf"]


def test_a_failure_while_writing_leaves_no_part_of_it(tmp_path):
    source = tmp_path / "in.pdf"
    source.write_bytes(builders.plain())
    with pytest.raises(TooLarge):
        apply(source, tmp_path / "out.pdf", spec_of(), limits=Limits(max_target_bytes=100))
    assert [path.name for path in tmp_path.iterdir()] == ["in.pdf"]


def test_source_may_be_the_target(tmp_path):
    path = tmp_path / "both.pdf"
    path.write_bytes(builders.plain())
    apply(path, path, spec_of())
    assert_marked(builders.plain(), path.read_bytes())


def test_big_scans_are_not_held_in_memory(tmp_path):
    source, target = tmp_path / "scans.pdf", tmp_path / "out.pdf"
    with source.open("wb") as file:
        builders.write_scans(file, pages=4, bytes_per_page=3_000_000)
    tracemalloc.start()
    apply(source, target, spec_of())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
    assert changes(source.read_bytes(), target.read_bytes(), 3, scale=0.5).any()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (builders.plain(pages=2), {"pages": 2, "encrypted": False, "needs_password": False}),
        (builders.encrypted(), {"pages": 1, "encrypted": True, "needs_password": False}),
        (builders.encrypted(user="x"), {"pages": None, "encrypted": True, "needs_password": True}),
        (builders.signed(), {"pages": 1, "signed": True}),
        (builders.without_pages(), {"pages": 0}),
    ],
)
def test_inspect(tmp_path, data, expected):
    path = tmp_path / "in.pdf"
    path.write_bytes(data)
    told = inspect(path)
    assert {name: getattr(told, name) for name in expected} == expected


def test_inspect_geometry(tmp_path):
    path = tmp_path / "in.pdf"
    path.write_bytes(builders.inherited())
    assert inspect(path).first_page.size == (600, 400)
