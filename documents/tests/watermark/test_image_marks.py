"""Pictures as marks: what a page shows of them, whatever kind of file they are."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from documents.tests.watermark.mark_pages import colour_at
from documents.tests.watermark.pictures import (
    BLUE,
    BLUE_PAGE,
    GREEN,
    RED,
    SRGB,
    WHITE,
    YELLOW,
    close,
    corners,
    grey_16_bit_png,
    palette_picture,
    png,
    quarters,
    saved,
    shown,
)
from documents.watermark.marks.mark import MarkContext


@pytest.mark.parametrize(
    ("image", "kind", "how"),
    [
        (quarters(), "PNG", {}),
        (quarters("RGBA"), "PNG", {}),
        (palette_picture(), "PNG", {}),
        (quarters(), "JPEG", {"quality": 95, "subsampling": 0}),
        (quarters(), "JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        (quarters(), "JPEG", {"quality": 95, "subsampling": 0, "icc_profile": SRGB}),
        (quarters(), "WEBP", {"lossless": True}),
        (quarters("RGBA"), "WEBP", {"lossless": True}),
        (palette_picture(), "GIF", {}),
        (quarters(), "MPO", {"quality": 95, "subsampling": 0, "save_all": True}),
        (quarters(), "TIFF", {}),
        (quarters(), "TIFF", {"compression": "tiff_lzw"}),
        (quarters(), "PNG", {"icc_profile": SRGB}),
        (palette_picture(), "PNG", {"icc_profile": SRGB}),
    ],
)
@pytest.mark.parametrize("device_independent", [False, True])
def test_kinds_of_files_show_what_they_hold(image, kind, how, device_independent):
    context = MarkContext(device_independent=device_independent)
    pixels, form, _ = shown(saved(image, kind, **how), context=context)
    assert (form.width, form.height) == (80, 80)
    assert close(corners(pixels), [RED, GREEN, BLUE, YELLOW], by=8)


def test_grey_one_bit_and_sixteen_bits():
    grey = Image.new("L", (80, 80), 100)
    assert close(corners(shown(saved(grey, "PNG"))[0]), [[100] * 3] * 4)
    assert close(corners(shown(saved(grey, "JPEG"))[0]), [[100] * 3] * 4)
    bilevel = Image.new("1", (80, 80), 1)
    bilevel.paste(0, (0, 0, 40, 80))
    assert corners(shown(saved(bilevel, "PNG"))[0]) == [[0] * 3, WHITE] * 2
    assert close(corners(shown(grey_16_bit_png())[0]), [[0x20] * 3, [0xC0] * 3] * 2)


def test_interlaced_png():
    # Adam7 of one pixel per pass in a 1 x 1 picture: the first pass alone.
    data = bytearray(png(b"\0\xff\0\0", 1, 1, bits=8, colour=2))
    data[28] = 1
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    pixels, _, _ = shown(io.BytesIO(bytes(data)), scale=80)
    assert close(colour_at(pixels, 0.5, 0.5), RED)


def cmyk_jpeg(ink: tuple[int, int, int, int]) -> io.BytesIO:
    return saved(Image.new("CMYK", (80, 80), ink), "JPEG", quality=95)


@pytest.mark.parametrize(
    ("ink", "colour"),
    [((255, 0, 0, 0), (0, 1, 2)), ((0, 0, 255, 0), (2, 0, 0)), ((0, 0, 0, 0), None)],
)
def test_cmyk_jpeg_of_adobe_is_not_shown_as_its_negative(ink, colour):
    pixels, _, objects = shown(cmyk_jpeg(ink))
    assert objects.images()[0]["Filter"] == "DCTDecode"
    assert objects.images()[0]["ColorSpace"] == "DeviceCMYK"
    seen = colour_at(pixels, 0.5, 0.5)
    if ink == (255, 0, 0, 0):
        assert seen[0] < 60 and seen[2] > 180  # cyan
    elif ink == (0, 0, 255, 0):
        assert seen[2] < 60 and seen[0] > 180  # yellow
    else:
        assert close(seen, WHITE)


def test_cmyk_becomes_rgb_where_colours_must_not_depend_on_a_device():
    pixels, _, objects = shown(
        cmyk_jpeg((0, 255, 255, 0)), context=MarkContext(device_independent=True)
    )
    assert objects.images()[0]["ColorSpace"][0] == "CalRGB"
    assert close(colour_at(pixels, 0.5, 0.5), RED, by=8)


def test_jpeg_is_stored_as_it_is_but_for_what_is_private():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    for progressive in (False, True):
        how = {"exif": exif, "comment": b"by me", "progressive": progressive}
        data = saved(noise, "JPEG", **how).getvalue()
        _, _, objects = shown(io.BytesIO(data + b"and a film"))
        stored = next(body for body in objects.bodies.values() if b"DCTDecode" in body)
        assert data[data.index(b"\xff\xda") :] + b"\nendstream" in stored
        assert b"taken at home" not in stored
        assert b"by me" not in stored


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_orientation_of_a_photograph(orientation, kind):
    upright = quarters().resize((80, 40), Image.Resampling.NEAREST)
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(undone[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    pixels, form, _ = shown(saved(lying, kind, exif=exif, **how))
    assert (form.width, form.height) == (80, 40)
    assert close(corners(pixels), [RED, GREEN, BLUE, YELLOW], by=8)


def half_clear() -> Image.Image:
    """Red: a left half that covers, an upper right quarter half, a lower right one not at all."""
    image = Image.new("RGBA", (80, 80), (255, 0, 0, 255))
    image.paste((255, 0, 0, 128), (40, 0, 80, 40))
    image.paste((255, 0, 0, 0), (40, 40, 80, 80))
    return image


def test_alpha_lets_a_coloured_page_through():
    pixels, _, _ = shown(saved(half_clear(), "PNG"), background=BLUE_PAGE)
    assert close(corners(pixels), [RED, [128, 0, 127], RED, BLUE])


def test_opacity_multiplies_alpha():
    pixels, _, _ = shown(saved(half_clear(), "PNG"), opacity=0.5, background=BLUE_PAGE)
    assert close(corners(pixels), [[127, 0, 128], [64, 0, 191], [127, 0, 128], BLUE])


def test_clear_colours_of_palettes():
    image = palette_picture()
    clear = image.getpixel((0, 0))
    for kind in ("GIF", "PNG"):
        pixels, _, _ = shown(saved(image, kind, transparency=clear), background=BLUE_PAGE)
        assert close(corners(pixels), [BLUE, GREEN, BLUE, YELLOW])


def test_first_picture_of_an_animation():
    second = [Image.new("RGB", (80, 80), (1, 2, 3))]
    file = saved(quarters(), "GIF", save_all=True, append_images=second)
    assert close(corners(shown(file)[0]), [RED, GREEN, BLUE, YELLOW])


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (saved(half_clear(), "PNG"), [[255, 128, 128], [255, 191, 191], [255, 128, 128], BLUE]),
        (saved(palette_picture(), "PNG"), [[255, 128, 128], [128, 255, 128], [128, 128, 255]]),
        (
            saved(quarters(), "JPEG", quality=95, subsampling=0),
            [[255, 128, 128], [128, 255, 128], [128, 128, 255], [255, 255, 128]],
        ),
        (cmyk_jpeg((0, 255, 255, 0)), [[255, 128, 128]]),
    ],
)
def test_without_transparency_colours_are_mixed_with_white(file, expected):
    context = MarkContext(without_transparency=True)
    pixels, _, objects = shown(file, opacity=0.5, background=BLUE_PAGE, context=context)
    by = 25 if len(expected) == 1 else 8  # pdfium's own idea of print colours
    assert close(corners(pixels)[: len(expected)], expected, by=by)
    written = b"".join(objects.bodies.values())
    assert b"SMask" not in written
    assert b"/ca" not in written.lower()


def test_without_transparency_the_page_is_seen_beside_the_picture():
    """PDF/A-1 has no soft masks, but masks of one bit: no white box hides the page."""
    context = MarkContext(without_transparency=True)
    for file in (saved(half_clear(), "PNG"), saved(half_clear(), "WEBP", lossless=True)):
        pixels, _, objects = shown(file, opacity=1, background=BLUE_PAGE, context=context)
        assert close(corners(pixels)[3], BLUE)
        assert b"SMask" not in b"".join(objects.bodies.values())


def test_resolution_gives_natural_size():
    _, form, _ = shown(saved(quarters(), "PNG", dpi=(144, 72)))
    assert (form.width, form.height) == pytest.approx((40, 80), rel=0.01)


def test_same_bytes_and_written_once():
    first = shown(saved(half_clear(), "PNG"), opacity=0.3)[2]
    again = shown(saved(half_clear(), "PNG"), opacity=0.3)[2]
    assert first.bodies == again.bodies
    assert len(first.images()) == 2  # the picture and its mask
