"""The layers of a mark on a page: which, where, and under which names."""

from __future__ import annotations

from ..outcome import PUT_UNDER, SCALED_DOWN, SCALED_UP
from ..ownership import RESOURCE_STEM
from ..placement.placement import place
from ..spec import MarkType, WatermarkLayer
from ..syntax.values import number

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..conformance import MarkRules
    from ..marks.mark import Form, Mark
    from ..outcome import Notice
    from ..placement.geometry import PageGeometry
    from ..spec import MarkSpec

ARTIFACT = b"/Artifact <</Type /Pagination /Subtype /Watermark>> BDC"
MOST_KEPT = 256  # a page of tiles takes 90 kB


class Layer:
    """One mark with its instructions and the name of its form in resources."""

    __slots__ = ("is_under", "mark", "name", "spec")

    def __init__(self, spec: MarkSpec, mark: Mark, name: bytes, *, is_under: bool) -> None:
        self.spec = spec
        self.mark = mark
        self.name = name
        self.is_under = is_under


class PageDrawing:
    """What to draw on a page: content before and after the page's own, empty where nothing is."""

    __slots__ = ("over", "under")

    def __init__(self, under: bytes, over: bytes) -> None:
        self.under = under
        self.over = over


class Layers:
    """All layers of a document. ``notices`` collects what is worth telling."""

    def __init__(
        self,
        specs: Sequence[MarkSpec],
        marks: Sequence[Mark],
        rules: MarkRules,
        *,
        pages: int,
        salt: int,
    ) -> None:
        self.stem = b"/%s%x_" % (RESOURCE_STEM.encode(), salt)
        self.notices: dict[Notice, None] = {}
        self._layers: list[Layer] = []
        for index, (spec, mark) in enumerate(zip(specs, marks, strict=True)):
            is_under = spec.layer is WatermarkLayer.UNDER
            # Text becomes stripes that let the page through; a picture would hide it.
            if not is_under and spec.type is not MarkType.TEXT and rules.goes_under(spec.opacity):
                is_under = True
                self.notices[PUT_UNDER] = None
            self._layers.append(Layer(spec, mark, b"%s%d" % (self.stem, index), is_under=is_under))
        self.vary = any(mark.varies for mark in marks)
        self._pages = pages
        is_everywhere = all(spec.pages.is_all for spec in specs)
        self._everywhere = tuple(range(len(specs))) if is_everywhere else ()
        self._known: dict[tuple[object, ...], PageDrawing] = {}

    def names(self, page: int) -> bytes:
        """The entries that a dictionary of forms needs: of all layers, as they are on a page."""
        parts = []
        for layer in self._layers:
            form = layer.mark.form(page, self._pages)
            parts.append(b"%s %d 0 R" % (layer.name, form.ref.number))
        return b"".join(parts)

    def shown(self, page: int) -> tuple[int, ...]:
        """The layers that a page shows, by index."""
        if self._everywhere:
            return self._everywhere
        return tuple(
            index
            for index, layer in enumerate(self._layers)
            if layer.spec.pages.includes(page, self._pages)
        )

    def drawing(self, page: int, shown: tuple[int, ...], geometry: PageGeometry) -> PageDrawing:
        """What to draw on a page of this geometry."""
        forms = [self._layers[index].mark.form(page, self._pages) for index in shown]
        key = (geometry, *shown, *[(form.width, form.height) for form in forms])
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            known = self._known[key] = self._draw(shown, forms, geometry)
        return known

    def _draw(
        self, shown: tuple[int, ...], forms: list[Form], geometry: PageGeometry
    ) -> PageDrawing:
        under: list[bytes] = []
        over: list[bytes] = []
        for index, form in zip(shown, forms, strict=True):
            layer = self._layers[index]
            (under if layer.is_under else over).append(self._placed(layer, form, geometry))
        return PageDrawing(_artifact(under), _artifact(over))

    def _placed(self, layer: Layer, form: Form, geometry: PageGeometry) -> bytes:
        """The operators that draw a form at each of its places."""
        placement = place(layer.spec, (form.width, form.height), geometry)
        if placement.scale != 1:
            self.notices[SCALED_DOWN if placement.scale < 1 else SCALED_UP] = None
        return b"\n".join(
            b"q %s cm %s Do Q" % (b" ".join(map(number, matrix)), layer.name)
            for matrix in placement.matrices
        )


def _artifact(drawn: list[bytes]) -> bytes:
    """Page content that draws, as an artifact: no part of what the document says (14.8.2.2)."""
    return b"\n".join([ARTIFACT, *drawn, b"EMC\n"]) if drawn else b""
