"""Pictures as marks: PNG, JPEG, WebP, GIF and TIFF files (ISO 32000-2, 8.9)."""

from __future__ import annotations

from ..syntax.values import Name, number
from .asset import asset_bytes
from .colour import colour_space
from .form import form_entries, see_through_state
from .mark import Form
from .picture import read_picture

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import File
    from ..syntax.values import Ref, Value
    from .mark import MarkContext, NewObjects
    from .picture import Picture
    from .samples import Samples

# How each orientation turns the unit square, a b c d e f (Exif 2.3, 4.6.4 A), as seen from the
# middle: from the picture as it lies in the file to the picture as it is to be seen.
TURNS = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, -1, -1, 0), 6: (0, -1, 1, 0), 7: (0, 1, 1, 0), 8: (0, 1, -1, 0),
}  # fmt: skip
ON_ITS_SIDE = 5


class ImageMark:
    """A picture; it is stored once, however many pages show it.

    Its natural size is that of its file: a point per pixel (72 dpi) unless the file tells a
    resolution. Raises UnsupportedImage when it is made.
    """

    varies = False

    def __init__(
        self, asset: File, *, opacity: float, objects: NewObjects, context: MarkContext
    ) -> None:
        picture = read_picture(
            asset_bytes(asset),
            flat=context.without_transparency,
            without_cmyk=context.device_independent,
        )
        self._form = picture_form(picture, opacity, objects, context)

    def form(self, page: int, pages: int) -> Form:
        return self._form

    def finish(self) -> None:
        """Nothing is left to be written."""


def picture_form(
    picture: Picture, opacity: float, objects: NewObjects, context: MarkContext
) -> Form:
    """Write a picture and the form that shows it."""
    image = _written(picture, opacity, objects, context)
    resources: dict[str, Value] = {"XObject": {"Im": image}}
    state = b""
    if opacity < 1 and not context.without_transparency:
        resources["ExtGState"] = {"G": objects.add(see_through_state(opacity))}
        state = b"/G gs "
    width, height = picture.size
    a, b, c, d = TURNS[picture.orientation]
    matrix = [a * width, b * width, c * height, d * height]
    matrix += [-(matrix[0] + matrix[2]) / 2, -(matrix[1] + matrix[3]) / 2]
    if picture.orientation >= ON_ITS_SIDE:
        width, height = height, width
    content = state + b" ".join(map(number, matrix)) + b" cm /Im Do\n"
    entries = form_entries([-width / 2, -height / 2, width / 2, height / 2], resources)
    return Form(objects.add({**entries, **context.entries}, content), width, height)


def _written(picture: Picture, opacity: float, objects: NewObjects, context: MarkContext) -> Ref:
    samples = picture.samples
    entries = dict(samples.entries)
    if opacity < 1 and context.without_transparency:
        if samples.space == "Indexed":
            samples.palette = _paler_palette(samples.palette, opacity)
        else:
            entries["Decode"] = _paler(samples, opacity)
    entries["ColorSpace"] = colour_space(samples, picture.profile, objects, context)
    if picture.alpha is not None:
        if context.without_transparency:
            entries["Mask"] = _stencil(picture.alpha, objects)
        else:
            entries["SMask"] = _mask(picture.alpha, objects)
    return objects.add(entries, samples.data)


def _mask(alpha: Samples, objects: NewObjects) -> Ref:
    """A soft-mask image (11.6.5.2)."""
    return objects.add({**alpha.entries, "ColorSpace": Name("DeviceGray")}, alpha.data)


def _stencil(alpha: Samples, objects: NewObjects) -> Ref:
    """An explicit mask (8.9.6.3): of one bit, and so allowed where transparency is not."""
    return objects.add({**alpha.entries, "ImageMask": True}, alpha.data)


def _paler(samples: Samples, opacity: float) -> list[float]:
    """The decode array (8.9.5.2) that mixes each colour with white."""
    if samples.space != "DeviceCMYK":
        return [1 - opacity, 1.0] * samples.components
    return [opacity, 0.0] * 4 if "Decode" in samples.entries else [0.0, opacity] * 4


def _paler_palette(palette: bytes, opacity: float) -> bytes:
    """A palette whose colours are mixed with white."""
    return bytes(round(255 - (255 - value) * opacity) for value in palette)
