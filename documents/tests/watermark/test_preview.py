"""One page as a picture: the same that the marked copy shows."""

from __future__ import annotations

import io
import tempfile

import numpy as np
import pytest
from PIL import Image

from documents.tests import builders
from documents.tests.watermark.mark_pages import marked_with
from documents.tests.watermark.marking import spec_of
from documents.watermark import BadSpec, WatermarkSpec
from documents.watermark.errors import Damaged, Encrypted, NotAPdf, Signed
from documents.watermark.preview import preview

BLOCK = {"watermark_text": "LEFT", "font_size": 72, "color": "#ff0000"}


def stored(data: bytes) -> io.BufferedRandom:
    file = tempfile.TemporaryFile()  # closed with the last reference to it
    file.write(data)
    file.flush()
    return file


def seen(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(np.int16)


def shown(data: bytes, spec: WatermarkSpec | None = None, **how: object) -> np.ndarray:
    return seen(preview(stored(data), spec, **how))


@pytest.mark.parametrize(
    "data",
    [
        builders.mixed(),
        builders.object_streams(4),
        builders.linearized(4),
        builders.plain(4, entries=builders.page_entries(rotate=90, crop_box=(9, 9, 300, 500))),
    ],
)
@pytest.mark.parametrize("page", [1, 4])
@pytest.mark.parametrize("strength", ["standard", "sealed", "raster"])
def test_page_looks_as_in_the_copy(data, page, strength):
    spec = spec_of(**BLOCK, strength=strength)
    picture = shown(data, spec, page=page)
    copy = shown(marked_with(data, spec_of(**BLOCK))[0], page=page)
    assert (picture == copy).all()
    assert (picture != shown(data, page=page)).any()


def test_pages_that_are_not_marked_are_shown_as_they_are():
    spec = spec_of(**BLOCK, pages="2")
    data = builders.plain(2)
    assert (shown(data, spec, page=1) == shown(data, page=1)).all()
    assert (shown(data, spec, page=2) != shown(data, page=2)).any()


def test_variables_know_the_page():
    spec = spec_of(**{**BLOCK, "watermark_text": "{{ page }} {{ copy.id }}"})
    data = builders.plain(2, content=b"")
    pictures = [
        shown(data, spec, page=page, variables={"copy.id": name})
        for page in (1, 2)
        for name in ("A", "B")
    ]
    assert len({picture.tobytes() for picture in pictures}) == 4


def test_pictures_are_marks_too():
    logo = io.BytesIO()
    Image.new("RGB", (100, 100), (0, 128, 0)).save(logo, "PNG")
    spec = WatermarkSpec(type="image", asset="logo", opacity=1.0)
    picture = shown(builders.plain(content=b""), spec, width=595, assets={"logo": logo})
    assert picture[421, 297].tolist() == [0, 128, 0]
    with pytest.raises(BadSpec) as caught:
        shown(builders.plain(), spec)
    assert caught.value.problems[0].type == "missing_asset"


@pytest.mark.parametrize("width", [16, 100, 800, 1234])
@pytest.mark.parametrize("entries", [{}, {"media_box": (0, 0, 612.28, 790.86)}, {"rotate": 90}])
def test_width_is_exact(width, entries):
    picture = shown(builders.plain(entries=builders.page_entries(**entries)), width=width)
    assert picture.shape[1] == width


@pytest.mark.parametrize("box", [(0, 0, 10, 14_400), (0, 0, 14_400, 10), (0, 0, 14_400, 14_400)])
def test_odd_pages_stay_within_bounds(box):
    data = builders.plain(entries=builders.page_entries(media_box=box))
    height, width, _ = shown(data, width=2000).shape
    assert max(width, height) <= 16_383
    assert width * height <= 25_000_000


def test_formats():
    data = stored(builders.plain())
    assert preview(data, format="png")[:4] == b"\x89PNG"
    assert preview(data, format="webp")[8:12] == b"WEBP"
    assert preview(data) == preview(data)
    assert np.abs(seen(preview(data, format="webp")) - seen(preview(data))).mean() < 3


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"page": 3}, "page"),
        ({"page": 0}, "page"),
        ({"width": 15}, "width"),
        ({"width": 4001}, "width"),
        ({"format": "bmp"}, "format"),
    ],
)
@pytest.mark.parametrize("spec", [None, spec_of()])
def test_what_cannot_be_asked_for_is_named(how, field, spec):
    with pytest.raises(BadSpec) as caught:
        shown(builders.plain(2), spec, **how)
    assert [problem.loc for problem in caught.value.problems] == [(field,)]


def test_protected_documents():
    protected = builders.encrypted(user="secret")
    spec = spec_of(**BLOCK)
    for given in (None, spec):
        with pytest.raises(Encrypted):
            shown(protected, given)
    picture = shown(protected, spec, password="secret")
    assert (picture == shown(builders.plain(), spec)).all()


def test_broken_documents_are_repaired_or_refused():
    spec = spec_of(**BLOCK)
    broken = builders.with_shifted_offsets()
    assert (shown(broken, spec) == shown(builders.plain(), spec)).all()
    for data, error in ((b"no document", NotAPdf), (builders.without_pages(), Damaged)):
        for given in (None, spec):
            with pytest.raises(error):
                shown(data, given)
    with pytest.raises(Signed):
        shown(builders.signed(), spec)
