"""Pictures as marks: what a page shows of them, whatever kind of file they are."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from documents.tests.watermark.mark_pages import SIDE, colour_at, page_with
from documents.tests.watermark.rendering import rendered
from documents.watermark.errors import DOCUMENT_ERRORS, UnsupportedImage
from documents.watermark.marks.image import ImageMark
from documents.watermark.marks.mark import MarkContext

RED, GREEN, BLUE, WHITE = [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]
YELLOW = [255, 255, 0]
BLUE_PAGE = b"0 0 1 rg 0 0 200 200 re f"
CORNERS = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def quarters(mode: str = "RGB", side: int = 80) -> Image.Image:
    """Red, green, blue and yellow, from the upper left in reading order."""
    image = Image.new("RGB", (side, side))
    half = side // 2
    for colour, place in zip(
        (RED, GREEN, BLUE, YELLOW), ((0, 0), (half, 0), (0, half), (half, half)), strict=True
    ):
        image.paste(tuple(colour), (*place, place[0] + half, place[1] + half))
    return image if mode == "RGB" else image.convert(mode)


def saved(image: Image.Image, kind: str, **how: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file


def shown(
    file: io.BytesIO,
    *,
    opacity: float = 1.0,
    background: bytes = b"",
    scale: float = 1.0,
    context: MarkContext | None = None,
):
    """The part of the page that the picture takes, its form and its objects."""
    page, form, objects = page_with(
        lambda objects, context: ImageMark(file, opacity=opacity, objects=objects, context=context),
        background=background,
        scale=scale,
        context=context,
    )
    width, height = (min(round(length * scale), SIDE) for length in (form.width, form.height))
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    return rendered(page)[top : top + height, left : left + width], form, objects


def corners(pixels: np.ndarray) -> list[list[int]]:
    return [colour_at(pixels, *place) for place in CORNERS]


def close(one: object, other: object, by: int = 6) -> bool:
    return bool(np.abs(np.array(one) - np.array(other)).max() <= by)


def palette_picture() -> Image.Image:
    return quarters().quantize(4)


def grey_16_bit_png() -> io.BytesIO:
    """Left half dark, right half light, as 16-bit samples."""
    row = b"\0" + struct.pack(">80H", *[0x2000] * 40, *[0xC000] * 40)
    return io.BytesIO(png(b"".join([row] * 80), 80, 80, bits=16, colour=0))


def png(rows: bytes, width: int, height: int, *, bits: int, colour: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


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
