"""The sandbox around the real engine: outcomes, errors, limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from documents.sandbox.limits import SandboxLimits
from documents.tests import builders
from documents.tests.sandbox.running import LIMITS, run
from documents.tests.watermark.rendering import changed_region
from documents.watermark.errors import (
    DOCUMENT_ERRORS,
    BadSpec,
    Damaged,
    OutOfMemory,
    TooLarge,
)
from documents.watermark.spec import WatermarkSpec


def test_marks_a_document(files):
    seen: list[tuple[int, int]] = []
    done = run(files, on_progress=lambda *page: seen.append(page))
    assert changed_region(files["source"].read_bytes(), files["target"].read_bytes(), 2)
    assert (done.pages, done.method, done.warnings) == (3, "append", ())
    assert done.bytes_written == files["target"].stat().st_size
    assert seen[-1] == (3, 3)


def test_warnings_come_out(files):
    files["source"].write_bytes(builders.with_shifted_offsets())
    done = run(files)
    assert [notice.code for notice in done.warnings] == ["repaired"]
    assert done.method == "qpdf"
    assert done.reason


@pytest.mark.parametrize(("pages", "codes"), [("4-", ["no_page_marked"]), ("3-,9", [])])
def test_a_copy_without_any_mark_says_so(files, pages, codes):
    spec = WatermarkSpec.parse({"watermark_text": "X", "pages": pages})
    assert [notice.code for notice in run(files, spec=spec).warnings] == codes


def test_a_variable_without_a_value_is_a_fault_of_the_spec(files):
    """Final, and in words: trying again finds no value either."""
    spec = WatermarkSpec.parse({"watermark_text": "{{ recipient.name }}"})
    with pytest.raises(BadSpec, match="no value for {{ recipient.name }} here") as caught:
        run(files, spec=spec)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no document", "not_a_pdf"),
        (builders.truncated(), "damaged"),
        (builders.encrypted(user="u"), "encrypted"),
        (builders.signed(), "signed"),
    ],
)
def test_engine_errors_keep_their_codes(files, data, code):
    files["source"].write_bytes(data)
    with pytest.raises(DOCUMENT_ERRORS[code]) as caught:
        run(files)
    assert caught.value.code == code
    assert caught.value.message == DOCUMENT_ERRORS[code].sentence
    assert not caught.value.retryable
    assert not files["target"].exists()


def test_page_limit(files):
    with pytest.raises(DOCUMENT_ERRORS["too_many_pages"]):
        run(files, replace(LIMITS, max_pages=2))


def test_output_limit(files):
    with pytest.raises(TooLarge):
        run(files, replace(LIMITS, output_bytes=2_000))


def test_memory_limit(files):
    files["source"].write_bytes(builders.memory_bomb(gigabytes=1))
    with pytest.raises((OutOfMemory, Damaged)):
        run(files, replace(LIMITS, memory_bytes=256 << 20))


def test_pages_as_pictures_get_more_time_and_space():
    usual, drawn = (SandboxLimits.for_source(1000, draws_pages=draws) for draws in (False, True))
    assert drawn.wall_seconds == 10 * usual.wall_seconds
    assert drawn.page_seconds == usual.page_seconds == usual.wall_seconds
    assert drawn.output_bytes > 10 * usual.output_bytes
    assert drawn.memory_bytes == usual.memory_bytes


def test_strengths(files):
    """Every way of marking works within the limits of the child."""
    for strength in ("standard", "sealed", "raster"):
        done = run(files, spec=WatermarkSpec.parse({"watermark_text": "X", "strength": strength}))
        assert done.pages == 3
        assert changed_region(files["source"].read_bytes(), files["target"].read_bytes(), 2)


@pytest.mark.parametrize("strength", ["standard", "sealed", "raster"])
def test_strengths_within_the_limits_of_this_document(files, strength):
    """As workers set them: no source may be larger than this one."""
    limits = SandboxLimits.for_source(
        files["source"].stat().st_size, draws_pages=strength == "raster"
    )
    spec = WatermarkSpec.parse({"watermark_text": "X", "strength": strength})
    assert run(files, spec=spec, limits=limits).pages == 3
