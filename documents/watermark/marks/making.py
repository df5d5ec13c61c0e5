"""The mark that a layer of a spec asks for; what draws it is loaded only then."""

from __future__ import annotations

from ..errors import BadSpec, Problem
from ..spec import MarkType

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import File
    from ..spec import MarkSpec
    from .mark import Mark, MarkContext, NewObjects


def make_mark(layer: MarkSpec, objects: NewObjects, context: MarkContext) -> Mark:
    """The mark of one layer; a text is one unless the layer says otherwise.

    Raises BadSpec for an asset that nobody gave, UnsupportedImage for one that cannot be used and
    UnsupportedText for signs that no font has.
    """
    if layer.type is MarkType.IMAGE:
        from .image import ImageMark

        asset = _asset(layer, context)
        return ImageMark(asset, opacity=layer.opacity, objects=objects, context=context)
    if layer.type is MarkType.PDF:
        from .pdf_page import PdfPageMark

        asset = _asset(layer, context)
        return PdfPageMark(asset, opacity=layer.opacity, objects=objects, context=context)
    from .text import TextMark

    return TextMark(layer, objects, context)


def _asset(layer: MarkSpec, context: MarkContext) -> File:
    if layer.asset not in context.assets:
        raise BadSpec([Problem(("asset",), "There is no asset of this name", "missing_asset")])
    return context.assets[layer.asset]
