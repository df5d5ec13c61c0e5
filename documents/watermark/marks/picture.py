"""Reading picture files that may be hostile: from bytes to samples."""

from __future__ import annotations

import importlib
import io
import math
import warnings

from ..errors import UnsupportedImage
from .jpeg import as_it_is
from .png import as_it_is as png_as_it_is
from .samples import compact, lossless, photographic

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from PIL import Image

    from .samples import Samples

# Beyond these a mark serves nobody, and decoding it needs more than a sandboxed run has.
MOST_PIXELS = 36_000_000
LONGEST_SIDE = 30_000
# Each scan of a progressive JPEG makes every reader pass over all pixels again; encoders use ten.
MOST_SCANS = 100
START_OF_SCAN = b"\xff\xda"

SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "Png"),
    (b"\xff\xd8\xff", "Jpeg"),
    (b"GIF8", "Gif"),
    (b"II*\0", "Tiff"),
    (b"MM\0*", "Tiff"),
)
ORIENTATION = 0x0112
PIXELS_PER_INCH = 72.0
LEAST_PER_INCH, MOST_PER_INCH = 20.0, 4800.0
# How Pillow calls pixels that it can store in a PDF, and what it makes of the others.
HALF = 128  # of 255: as far as a pixel has to cover to be drawn where none may shine through
STORED = ("1", "L", "P", "RGB", "CMYK")
CONVERTED = {
    "LA": "L", "RGBA": "RGB", "RGBX": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB",
}  # fmt: skip
STRAIGHT_ALPHA = {"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}
DRAWN_QUALITY = 92


class Picture:
    """A picture ready to be stored.

    ``alpha`` is how far each pixel covers, None when all of them do; of a flat picture, where it
    does not, in one bit (a stencil, 8.9.6.3). ``size`` is width and height
    in points as it lies in the file; ``orientation`` (1 to 8, as in EXIF) says how to turn it.
    ``profile`` is its ICC profile, or empty.
    """

    __slots__ = ("alpha", "orientation", "profile", "samples", "size")

    def __init__(
        self,
        samples: Samples,
        alpha: Samples | None,
        size: tuple[float, float],
        orientation: int = 1,
        profile: bytes = b"",
    ) -> None:
        self.samples = samples
        self.alpha = alpha
        self.size = size
        self.orientation = orientation
        self.profile = profile


def read_picture(
    data: bytes,
    *,
    flat: bool = False,
    without_cmyk: bool = False,
    most_pixels: int = MOST_PIXELS,
    most_decoded: int = MOST_PIXELS,
) -> Picture:
    """The picture of a PNG, JPEG, WebP, GIF (its first) or TIFF file; raises UnsupportedImage.

    ``flat``: laid on white, where the picture covers half or more; the page is seen where it
    covers less, and shines through nowhere. ``without_cmyk``: print colours are turned into red,
    green and blue. More than ``most_pixels`` are refused; more than ``most_decoded`` where they
    cannot be stored as they lie in the file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own bounds are narrower than Pillow's
            image = _opened(data, most_pixels)
            return _read(image, data, most_decoded, flat=flat, without_cmyk=without_cmyk)
    except UnsupportedImage:
        raise
    except MemoryError:
        raise
    except Exception as error:  # whatever Pillow meets in a broken file
        raise UnsupportedImage from error


def _read(
    image: Image.Image, data: bytes, most_decoded: int, *, flat: bool, without_cmyk: bool
) -> Picture:
    if image.format == "JPEG":
        samples = as_it_is(data)
        if samples and not (without_cmyk and samples.space == "DeviceCMYK"):
            _check_all_decodes(image)
            return _of_file(image, samples, None)
    if image.width * image.height > most_decoded:
        raise _too_many_pixels(image)
    image.load()
    if image.format == "PNG" and (samples := png_as_it_is(data)):
        return _of_file(image, samples, None)
    return _stored(image, flat=flat, without_cmyk=without_cmyk)


def _opened(data: bytes, most_pixels: int) -> Image.Image:
    """The file's header read and found to be within the bounds; no pixels yet."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the bounds are ours

    kind = _kind(data)
    if not kind:
        raise UnsupportedImage("The picture to be drawn is not PNG, JPEG, WebP, GIF or TIFF.")
    importlib.import_module(f"PIL.{kind}ImagePlugin")
    image = Image.open(io.BytesIO(data), formats=[kind.upper()])
    width, height = image.size
    if not (0 < width <= LONGEST_SIDE and 0 < height <= LONGEST_SIDE):
        raise UnsupportedImage(f"The picture to be drawn is {width} by {height} pixels.")
    if width * height > most_pixels:
        raise _too_many_pixels(image)
    if kind == "Jpeg" and data.count(START_OF_SCAN) > MOST_SCANS:
        raise UnsupportedImage("The picture to be drawn is a JPEG of too many scans.")
    return image


def _too_many_pixels(image: Image.Image) -> UnsupportedImage:
    size = f"{image.width} by {image.height}"
    return UnsupportedImage(f"The picture to be drawn has {size} pixels, more than allowed.")


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    return next((kind for sign, kind in SIGNS if data.startswith(sign)), "")


def _check_all_decodes(image: Image.Image) -> None:
    """Read a JPEG to its end, at an eighth of its size, which a damaged one does not bear."""
    image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()


def _stored(image: Image.Image, *, flat: bool, without_cmyk: bool) -> Picture:
    base, alpha = _taken_apart(image)
    if base.mode == "CMYK" and without_cmyk:
        base = base.convert("RGB")
        image.info.pop("icc_profile", None)
    if flat and alpha is not None:
        base, alpha = _on_white(base, alpha), _stencil(alpha)
    is_photograph = image.format in ("JPEG", "MPO") and base.mode in ("L", "RGB")
    samples = photographic(base, DRAWN_QUALITY) if is_photograph else lossless(base)
    return _of_file(image, samples, lossless(alpha) if alpha is not None else None)


def drawn_picture(image: Image.Image, size: tuple[float, float], *, flat: bool) -> Picture:
    """An RGBA image that was drawn, not read; ``size`` is points."""
    alpha, base = image.getchannel("A"), image.convert("RGB")
    if flat:
        base, alpha = _on_white(base, alpha), _stencil(alpha)
    return Picture(compact(base, DRAWN_QUALITY), lossless(alpha), size)


def _of_file(image: Image.Image, samples: Samples, alpha: Samples | None) -> Picture:
    """With what the file says of its size, turn and colours."""
    profile = image.info.get("icc_profile")
    return Picture(
        samples,
        alpha,
        _points(samples.size, image),
        _orientation(image),
        profile if isinstance(profile, bytes) else b"",
    )


def _taken_apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours in a mode that can be stored, and how far they cover."""
    from PIL import Image

    if image.mode in ("I;16", "I;16L", "I;16B"):
        high = image.tobytes()[0 if image.mode == "I;16B" else 1 :: 2]
        return Image.frombytes("L", image.size, high), None
    see_through = image.info.get("transparency")
    alpha = None
    if image.mode == "P" and see_through is not None:
        alpha = image.point(_palette_alpha(see_through), "L")
    elif image.mode in ("1", "L", "RGB") and see_through is not None:
        image = image.convert("RGBA")
    if image.mode in STRAIGHT_ALPHA:
        image = image.convert(STRAIGHT_ALPHA[image.mode])
    if image.mode in ("LA", "RGBA"):
        alpha = image.getchannel("A")
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    if image.mode in STORED:
        return image, alpha
    if image.mode not in CONVERTED:
        raise UnsupportedImage("The picture to be drawn stores its colours in an unusual way.")
    return image.convert(CONVERTED[image.mode]), alpha


def _palette_alpha(see_through: object) -> list[int]:
    """How far each of a palette's colours covers: one is clear, or each has its own value."""
    if isinstance(see_through, int):
        return [0 if index == see_through else 255 for index in range(256)]
    given = list(see_through)[:256] if isinstance(see_through, bytes) else []
    return given + [255] * (256 - len(given))


def _on_white(base: Image.Image, alpha: Image.Image) -> Image.Image:
    from PIL import Image

    if base.mode not in ("L", "RGB", "CMYK"):
        base = base.convert("RGB")
    white = Image.new(base.mode, base.size, "white")
    return Image.composite(base, white, alpha)


def _stencil(alpha: Image.Image) -> Image.Image:
    """In one bit: 0 where a picture that cannot let the page through is to be drawn."""
    return alpha.point([255] * HALF + [0] * (256 - HALF), "1")


def _points(pixels: tuple[int, int], image: Image.Image) -> tuple[float, float]:
    """Width and height at the file's own resolution, else with a point per pixel."""
    try:
        across, up = (float(value) for value in image.info.get("dpi", ()))
    except (TypeError, ValueError, ArithmeticError):
        across = up = math.nan
    if not all(LEAST_PER_INCH <= value <= MOST_PER_INCH for value in (across, up)):
        across = up = PIXELS_PER_INCH
    return pixels[0] * 72 / across, pixels[1] * 72 / up


def _orientation(image: Image.Image) -> int:
    value = image.getexif().get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
