"""Pixels as an image XObject stores them (ISO 32000-2, 8.9.5)."""

from __future__ import annotations

import io

from ..syntax.values import Name

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Any

    from PIL import Image

    from ..syntax.values import Value

JPEG_QUALITY = 85
# Drawings and letters have fewer, photographs more.
MOST_COLOURS = 4096
BLACK_AND_WHITE = {(0, 0, 0), (255, 255, 255)}
PNG_SIGNATURE_BYTES = 8
# More than these are packed fast: a second for ten million, not ten.
MOST_PACKED_PIXELS = 4_000_000
PNG_SPACES = {0: "DeviceGray", 2: "DeviceRGB", 3: "Indexed"}
COMPONENTS = {"DeviceGray": 1, "Indexed": 1, "DeviceRGB": 3, "DeviceCMYK": 4}


class Samples:
    """The samples of a picture, filtered, and what a reader must know to take them apart.

    ``space`` is the device colour space that they are in, or Indexed with the ``palette`` (RGB,
    three bytes per colour). ``size`` is width and height in pixels; ``entries`` are those of the
    image dictionary but its colour space.
    """

    __slots__ = ("data", "entries", "palette", "size", "space")

    def __init__(
        self,
        size: tuple[int, int],
        space: str,
        data: bytes,
        *,
        bits: int = 8,
        palette: bytes = b"",
        more: dict[str, Value] | None = None,
    ) -> None:
        self.size = size
        self.space = space
        self.palette = palette
        self.data = data
        self.entries: dict[str, Value] = {
            "Type": Name("XObject"),
            "Subtype": Name("Image"),
            "Width": size[0],
            "Height": size[1],
            "BitsPerComponent": bits,
            **(more or {}),
        }

    @property
    def components(self) -> int:
        """How many numbers make a pixel."""
        return COMPONENTS[self.space]

    @property
    def colour_space(self) -> Value:
        """The colour space as it is, device-dependent."""
        if self.space != "Indexed":
            return Name(self.space)
        return self.indexed(Name("DeviceRGB"))

    def indexed(self, base: Value) -> Value:
        """The palette's colour space (8.6.6.3) over another one of red, green and blue."""
        return [Name("Indexed"), base, len(self.palette) // 3 - 1, self.palette]


def lossless(image: Image.Image) -> Samples:
    """An image of mode 1, L, P, RGB or CMYK as it is, to the last bit.

    PNG's filters are PDF's predictors (7.4.4.4), so Pillow's encoder does the work.
    """
    if image.mode == "CMYK":
        return Samples(image.size, "DeviceCMYK", image.tobytes())
    file = io.BytesIO()
    known, image.info = image.info, {}  # what would become chunks of its own
    is_large = image.width * image.height > MOST_PACKED_PIXELS
    image.save(file, "PNG", compress_level=1 if is_large else 6)
    image.info = known
    chunks = _chunks(file.getvalue())
    bits, colour = chunks["IHDR"][8:10]
    return png_samples(
        image.size, bits, PNG_SPACES[colour], chunks["IDAT"], chunks.get("PLTE", b"")
    )


def png_samples(
    size: tuple[int, int], bits: int, space: str, data: bytes, palette: bytes
) -> Samples:
    """The samples of a PNG file: its filters are a predictor of PDF's."""
    how: Value = {
        "Predictor": 15,
        "Colors": COMPONENTS[space],
        "BitsPerComponent": bits,
        "Columns": size[0],
    }
    more: dict[str, Value] = {"Filter": Name("FlateDecode"), "DecodeParms": how}
    return Samples(size, space, data, bits=bits, palette=palette, more=more)


def photographic(image: Image.Image, quality: int = JPEG_QUALITY) -> Samples:
    """An image of mode L or RGB as JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, icc_profile=None, exif=b"")
    space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
    return Samples(image.size, space, file.getvalue(), more={"Filter": Name("DCTDecode")})


def compact(image: Image.Image, quality: int = JPEG_QUALITY) -> Samples:
    """An RGB image in what takes the fewest bytes: JPEG, or with few colours to the last bit."""
    from PIL import Image

    counted: Any = image.getcolors(MOST_COLOURS)
    if counted is None:
        return photographic(image, quality)
    colours = {colour for _, colour in counted}
    if colours <= BLACK_AND_WHITE:
        return lossless(image.convert("1", dither=Image.Dither.NONE))
    if all(red == green == blue for red, green, blue in colours):
        image = image.convert("L")
    return min(lossless(image), photographic(image, quality), key=lambda way: len(way.data))


def _chunks(png: bytes) -> dict[str, bytes]:
    """The chunks of our own PNG by type, those of one type put together."""
    found: dict[str, bytes] = {}
    parts: list[bytes] = []
    at = PNG_SIGNATURE_BYTES
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        kind, body = png[at + 4 : at + 8].decode(), png[at + 8 : at + 8 + length]
        if kind == "IDAT":
            parts.append(body)
        else:
            found[kind] = body
        at += length + 12
    found["IDAT"] = b"".join(parts)
    return found
