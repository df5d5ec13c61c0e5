"""A page of another document as a mark: a form with that page's content (ISO 32000-2, 8.10).

Only what draws comes along, the content and its resources: no annotations, no actions, no scripts.
A page that cannot be taken over so is drawn as a picture.
"""

from __future__ import annotations

import io

from ..errors import UnsupportedImage, WatermarkError
from ..placement.geometry import Matrix
from ..rendering import POINTS_PER_INCH, bounded_scale, drawn_by_pdfium, page_picture
from .asset import asset_bytes
from .copying import CannotBeCopied, Copies
from .form import TRANSPARENCY_GROUP, form_entries, see_through_state
from .image import picture_form
from .mark import Form
from .page_source import Page, is_layered, page_of
from .picture import drawn_picture

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import File
    from ..placement.geometry import PageGeometry
    from ..syntax.values import Value
    from .mark import MarkContext, NewObjects

PICTURE_PER_INCH = 200


class PdfPageMark:
    """Page ``page`` (from 1) of another document, in its own size, as a reader sees it.

    It is stored once, however many pages show it. Raises UnsupportedImage when it is made.
    """

    varies = False

    def __init__(
        self,
        asset: File,
        *,
        page: int = 1,
        opacity: float,
        objects: NewObjects,
        context: MarkContext,
    ) -> None:
        data = asset_bytes(asset)
        try:
            with page_of(data, page) as found:
                unit = found.geometry.user_unit
                as_picture = context.device_independent or context.without_transparency
                form = None if as_picture else _as_form(found, opacity, objects, context)
            self._form = form or _as_picture(data, page, unit, opacity, objects, context)
        except UnsupportedImage:
            raise
        except WatermarkError as error:
            raise UnsupportedImage("The page to be drawn is damaged.") from error

    def form(self, page: int, pages: int) -> Form:
        return self._form

    def finish(self) -> None:
        """Nothing is left to be written."""


def _as_form(page: Page, opacity: float, objects: NewObjects, context: MarkContext) -> Form | None:
    """The page's content as a form; None where that would not show what the page shows."""
    import pikepdf

    if is_layered(page):
        return None
    copies = Copies()
    try:
        filters, content = page.content(copies)
        resources = copies.of(page.inherited("/Resources"))
        group = copies.of(page.entry("/Group"))
    except (CannotBeCopied, pikepdf.PikepdfError, ValueError, TypeError):
        return None
    copies.write(objects)
    entries: dict[str, Value] = {
        **form_entries(list(page.geometry.box), resources or {}),
        "Matrix": list(_to_middle(page.geometry)),
        **filters,
    }
    width, height = page.geometry.size
    if isinstance(group, dict) or opacity < 1:
        # A page is an isolated group, whatever lies below it (11.4.7).
        own = group if isinstance(group, dict) else {}
        entries["Group"] = {**own, **TRANSPARENCY_GROUP, "I": True}
    if opacity == 1:
        return Form(objects.add({**entries, **context.entries}, content), width, height)
    drawn, state = objects.add(entries, content), objects.add(see_through_state(opacity))
    outer = form_entries(
        [-width / 2, -height / 2, width / 2, height / 2],
        {"XObject": {"Page": drawn}, "ExtGState": {"G": state}},
    )
    return Form(objects.add({**outer, **context.entries}, b"/G gs /Page Do\n"), width, height)


def _to_middle(geometry: PageGeometry) -> Matrix:
    """From the page's user space to points around the middle of what is seen of it."""
    a, b, c, d, e, f = geometry.to_user_space
    across = a * d - b * c
    width, height = geometry.size
    back = Matrix(
        d / across,
        -b / across,
        -c / across,
        a / across,
        (c * f - d * e) / across,
        (b * e - a * f) / across,
    )
    return back.then(Matrix(1, 0, 0, 1, -width / 2, -height / 2))


def _as_picture(
    data: bytes,
    number: int,
    unit: float,
    opacity: float,
    objects: NewObjects,
    context: MarkContext,
) -> Form:
    """The page as it looks; ``unit`` is its points per unit of user space."""
    with drawn_by_pdfium(io.BytesIO(data)) as document:
        page = document[number - 1]
        width, height = page.get_size()
        scale = bounded_scale((width, height), unit * PICTURE_PER_INCH / POINTS_PER_INCH)
        image = page_picture(page, scale, is_clear=True)
    picture = drawn_picture(image, (width * unit, height * unit), flat=context.without_transparency)
    return picture_form(picture, opacity, objects, context)
