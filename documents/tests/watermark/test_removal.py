"""Marks of ours come out again, exactly they, whatever happened to the file since."""

from __future__ import annotations

import io
import tempfile

import pikepdf
import pytest

from documents.tests import builders
from documents.tests.watermark.encrypting import encrypted
from documents.tests.watermark.marking import spec_of
from documents.tests.watermark.rendering import changed_region, page_count
from documents.watermark import Limits, Result, apply
from documents.watermark.append.request import Request
from documents.watermark.errors import Encrypted
from documents.watermark.removal import NotMarked, remove, replace_request

TORN = builders.page_entries() + b"/Contents 3 0 R/Resources" + builders.RESOURCES


def run(action, data: bytes, *more: object, **options: object) -> tuple[bytes, Result]:
    with tempfile.TemporaryFile(buffering=0) as source, tempfile.TemporaryFile() as target:
        source.write(data)
        result = action(source, target, *more, **options)
        target.seek(0)
        return target.read(), result


def marked(data: bytes, mark_id: str = "one", **options: object) -> bytes:
    password = options.pop("password", None)
    return run(apply, data, spec_of(**options), mark_id=mark_id, password=password)[0]


def removed(data: bytes, mark_id: str | None = None, **options: object) -> tuple[bytes, str]:
    after, result = run(remove, data, mark_id=mark_id, **options)
    assert result.bytes_written == len(after)
    assert result.pages == page_count(after)
    return after, result.method


def saved_by_others(data: bytes, **how: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, **how)
    return out.getvalue()


def assert_same(before: bytes, after: bytes, *, clean: bool = True) -> None:
    assert page_count(before) == page_count(after)
    for page in range(page_count(before)):
        assert changed_region(before, after, page) is None
    assert not clean or b"CTMK" not in after


KINDS = {
    "plain": builders.plain(3),
    "mixed": builders.mixed(),
    "inherited": builders.inherited(),
    "object streams": builders.object_streams(),
    "linearized": builders.linearized(),
    "no content": builders.one_page(builders.page_entries()),
    "unbalanced": builders.plain(2, b"q 2 0 0 2 0 0 cm " + builders.TEXT + b" Q Q q BT"),
    "torn": builders.one_page(TORN, {3: builders.stream(builders.TEXT + b" (open")}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_cutting_brings_back_the_very_bytes(kind):
    once = marked(KINDS[kind])
    twice = marked(once, "two", position="top_left")
    assert removed(once) == removed(twice) == (KINDS[kind], "cut")
    assert removed(twice, "two") == (once, "cut")
    assert removed(once, "one") == (KINDS[kind], "cut")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", ["over", "under"])
def test_after_others_saved_the_file(kind, layer):
    for how in ({}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate, "linearize": True}):
        again = saved_by_others(marked(KINDS[kind], layer=layer), **how)
        assert changed_region(KINDS[kind], again)
        after, method = removed(again)
        assert method == "qpdf"
        assert_same(KINDS[kind], after)


@pytest.mark.parametrize("kind", KINDS)
def test_sealed_copies(kind):
    after, method = removed(marked(KINDS[kind], strength="sealed"))
    assert method == "qpdf"
    assert_same(KINDS[kind], after)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("saves", [False, True])
def test_one_of_several(kind, saves):
    first = marked(KINDS[kind], position="top_left", layer="over")
    second = marked(KINDS[kind], "two", position="bottom_right")
    both = marked(first, "two", position="bottom_right")
    both = saved_by_others(both) if saves else both
    assert_same(second, removed(both, "one")[0], clean=False)
    assert_same(first, removed(both, "two")[0], clean=False)
    assert_same(KINDS[kind], removed(removed(both, "one")[0], "two")[0])
    assert_same(KINDS[kind], removed(both)[0])


def test_the_same_mark_below_another():
    both = marked(marked(marked(KINDS["plain"]), "two", position="top_left"), position="tile")
    after = removed(both, "one")[0]
    assert_same(marked(KINDS["plain"], "two", position="top_left"), after, clean=False)


@pytest.mark.parametrize("saves", [False, True])
@pytest.mark.parametrize(("revision", "aes"), [(3, False), (4, True), (6, True)])
def test_encrypted(saves, revision, aes):
    before = encrypted(revision, aes)
    after = marked(before)
    if saves:
        after = saved_by_others(after, encryption=True)
    for mark_id in (None, "one"):
        clear, method = removed(after, mark_id)
        assert method == ("qpdf" if saves else "cut")
        assert_same(before, clear)
    with pytest.raises(NotMarked):
        removed(after, "two")


def test_a_password_is_needed():
    before = encrypted(6, True, user="user")
    after = marked(before, password="user")
    assert run(remove, after, password="user")[0] == before
    with pytest.raises(Encrypted):
        run(remove, after)


@pytest.mark.parametrize("data", [builders.plain(), builders.object_streams()])
def test_nothing_to_remove(data):
    with pytest.raises(NotMarked) as caught:
        removed(data)
    assert caught.value.code == "not_marked"
    with pytest.raises(NotMarked):
        removed(marked(data), "two")


def test_claims_of_a_tail_that_is_none():
    """Other programs keep the trailer's entries; anybody can write some."""
    for end in (1, 10, 500, 10**9, -5):
        data = builders.plain().replace(
            b"/Root 1 0 R", b"/Root 1 0 R/CTMK_Mark<6f6e65>/CTMK_Original %d" % end
        )
        with pytest.raises(NotMarked):
            removed(data)


def test_replacing():
    before = KINDS["mixed"]
    request = Request(spec_of(watermark_text="NEW"), limits=Limits(), mark_id="one")
    after, result = run(replace_request, marked(before), request, "one")
    assert after == marked(before, watermark_text="NEW")
    assert result.pages == 4
    with pytest.raises(NotMarked):
        run(replace_request, before, request, None)
