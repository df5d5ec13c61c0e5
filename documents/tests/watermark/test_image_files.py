"""Files that are no usable pictures, and the colours that others bring along."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from documents.tests.watermark.pictures import (
    BLUE,
    GREEN,
    RED,
    SRGB,
    YELLOW,
    close,
    corners,
    palette_picture,
    png,
    quarters,
    saved,
    shown,
)
from documents.watermark.errors import DOCUMENT_ERRORS, UnsupportedImage
from documents.watermark.marks.mark import MarkContext

BOMB = png(b"", 60_000, 60_000, bits=8, colour=2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        BOMB,
        png(b"", 5000, 20_000, bits=8, colour=2),
        png(b"", 40_000, 10, bits=8, colour=0),
        png(b"\0", 100, 100, bits=8, colour=2),
        saved(quarters(), "PNG").getvalue()[:-60],
        saved(quarters(), "JPEG").getvalue()[:-300],
        saved(quarters(), "WEBP").getvalue()[:60],
        saved(quarters(), "GIF").getvalue()[:20],
        b"\xff\xd8\xff\xe0" + b"\0" * 99,
        saved(quarters(), "JPEG").getvalue().replace(b"\xff\xda", b"\xff\xda" * 200, 1),
        b"\xff" * (33 << 20),
        saved(Image.new("F", (4, 4)), "TIFF").getvalue(),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_what_is_no_usable_picture_is_refused(data):
    with pytest.raises(UnsupportedImage) as caught:
        shown(io.BytesIO(data))
    assert DOCUMENT_ERRORS["unsupported_image"] is UnsupportedImage
    assert caught.value.code == "unsupported_image"
    assert caught.value.message.endswith(".")


def colour_space_of(file: io.BytesIO, **context: bool) -> tuple[str, list]:
    """The name of the picture's colour space, and the whole of it."""
    _, _, objects = shown(file, context=MarkContext(**context))
    space = objects.images()[0]["ColorSpace"]
    return (space, []) if isinstance(space, str) else (space[0], list(space))


def profile_with(at: int, value: bytes) -> bytes:
    return SRGB[:at] + value + SRGB[at + len(value) :]


def test_profiles_come_along():
    for kind in ("PNG", "JPEG", "WEBP"):
        file = saved(quarters(), kind, icc_profile=SRGB)
        assert colour_space_of(file)[0] == "ICCBased"
        assert colour_space_of(file, device_independent=True)[0] == "ICCBased"
    name, space = colour_space_of(saved(palette_picture(), "PNG", icc_profile=SRGB))
    assert (name, space[1][0], space[2]) == ("Indexed", "ICCBased", 3)


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        b"x" * 500,
        SRGB[:-9],
        profile_with(16, b"GRAY"),
        profile_with(36, b"none"),
        profile_with(12, b"link"),
        profile_with(8, b"\x05"),
        SRGB + b"\0" * (1 << 20),
    ],
)
def test_profiles_that_are_none_are_left_out(profile):
    how = {"quality": 95, "subsampling": 0, "icc_profile": profile}
    file = saved(quarters(), "JPEG", **how)
    assert colour_space_of(file)[0] == "DeviceRGB"
    assert colour_space_of(file, device_independent=True)[0] == "CalRGB"
    assert close(corners(shown(file)[0]), [RED, GREEN, BLUE, YELLOW], by=8)


def test_colours_that_depend_on_no_device():
    grey = saved(Image.new("L", (9, 9), 100), "PNG")
    assert colour_space_of(grey)[0] == "DeviceGray"
    assert colour_space_of(grey, device_independent=True)[0] == "CalGray"
    name, space = colour_space_of(saved(palette_picture(), "GIF"), device_independent=True)
    assert (name, space[1][0]) == ("Indexed", "CalRGB")
    newer = saved(quarters(), "PNG", icc_profile=profile_with(8, b"\x04"))
    assert colour_space_of(newer, device_independent=True)[0] == "ICCBased"
    oldest = {"device_independent": True, "without_transparency": True}
    assert colour_space_of(newer, **oldest)[0] == "CalRGB"
