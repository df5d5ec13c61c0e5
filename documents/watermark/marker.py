"""Drawing one mark on the pages of a document that pikepdf has opened.

All pages share one form, and all pages of one geometry share the content that draws it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .appearance import Appearance, drawing_of
from .content import BALANCED, Balance, balance_of
from .outcome import CONTENT_ISOLATED, SCALED_DOWN, SCALED_UP, Notice
from .page_entries import content_streams, decoded, geometry_of, media_box
from .placement.geometry import PageGeometry
from .placement.placement import place
from .qpdf_objects import Converter, make_stream
from .spec import WatermarkLayer, WatermarkSpec

if TYPE_CHECKING:
    import pikepdf

MARK_STEM, CONTENT_STEM = "/Countermark", "/PageContent"


class Marker:
    """``mark`` each page once; ``notices`` then has what is worth telling."""

    def __init__(self, pdf: pikepdf.Pdf, spec: WatermarkSpec, appearance: Appearance) -> None:
        self.notices: dict[Notice, None] = {}
        self._pdf = pdf
        self._spec = spec
        self._size = appearance.size
        self._form = Converter(pdf, appearance.objects).made("form")
        self._streams: dict[bytes, pikepdf.Stream] = {}
        self._drawings: dict[tuple[PageGeometry, str], bytes] = {}
        self._names: dict[tuple[int, int], str] = {}
        self._balances: dict[tuple[tuple[int, int], ...], Balance] = {}

    def mark(self, page: pikepdf.Dictionary) -> None:
        """Draw the mark on a page; inherited entries must have been brought down to it."""
        import pikepdf

        streams = content_streams(page)
        is_over = self._spec.layer is WatermarkLayer.OVER
        balance = BALANCED
        if is_over and streams:
            streams, balance = self._closable(page, streams)
        drawing = self._drawing(geometry_of(page), self._mark_name(page))
        if not streams:
            parts = [self._shared(drawing)]
        elif is_over:
            parts = [self._shared(balance.opening), *streams]
            parts.append(self._shared(balance.closing + drawing))
        else:
            parts = [self._shared(drawing), *streams]
        page["/Contents"] = pikepdf.Array(parts)

    def _drawing(self, geometry: PageGeometry, name: str) -> bytes:
        key = geometry, name
        if key not in self._drawings:
            placement = place(self._spec, self._size, geometry)
            if placement.scale != 1:
                self.notices[SCALED_DOWN if placement.scale < 1 else SCALED_UP] = None
            self._drawings[key] = drawing_of(name, placement.matrices)
        return self._drawings[key]

    def _shared(self, content: bytes) -> pikepdf.Stream:
        """One stream for equal content."""
        if content not in self._streams:
            self._streams[content] = make_stream(self._pdf, content)
        return self._streams[content]

    def _closable(
        self, page: pikepdf.Dictionary, streams: list[pikepdf.Stream]
    ) -> tuple[list[pikepdf.Stream], Balance]:
        """The content and what it leaves open; content that defies closing becomes a form."""
        numbers = tuple(stream.objgen for stream in streams)
        if numbers in self._balances:
            return streams, self._balances[numbers]
        content, is_whole = decoded(streams)
        if content is not None and is_whole:
            balance = balance_of(content)
            if not balance.is_torn:
                self._balances[numbers] = balance
                return streams, balance
        form = self._as_form(page, streams, content)
        if form is None:
            return streams, BALANCED
        self.notices[CONTENT_ISOLATED] = None
        name = self._added(page, CONTENT_STEM, form)
        return [self._shared(f"{name} Do\n".encode())], BALANCED

    def _as_form(
        self, page: pikepdf.Dictionary, streams: list[pikepdf.Stream], content: bytes | None
    ) -> pikepdf.Stream | None:
        """A form that draws the content; None for several streams too large to be joined."""
        import pikepdf

        if len(streams) == 1:
            only = streams[0]
            kept = [key for key in ("/Filter", "/DecodeParms") if key in only]
            form = pikepdf.Stream(
                self._pdf, only.read_raw_bytes(), {key: only[key] for key in kept}
            )
        elif content is not None:
            form = make_stream(self._pdf, content)
        else:
            return None
        form["/Type"], form["/Subtype"] = pikepdf.Name("/XObject"), pikepdf.Name("/Form")
        form["/BBox"] = pikepdf.Array(list(media_box(page)))
        page["/Resources"] = self._pdf.make_indirect(_resources(page))
        form["/Resources"] = page["/Resources"]
        return form

    def _mark_name(self, page: pikepdf.Dictionary) -> str:
        """The mark's name in the page's resources, which may be shared with other pages."""
        resources = _resources(page)
        forms = resources.get("/XObject")
        holder = forms if forms is not None and forms.is_indirect else resources
        if not holder.is_indirect:
            return self._added(page, MARK_STEM, self._form)
        if holder.objgen not in self._names:
            self._names[holder.objgen] = self._added(page, MARK_STEM, self._form)
        return self._names[holder.objgen]

    def _added(self, page: pikepdf.Dictionary, stem: str, form: pikepdf.Object) -> str:
        """Put a form into the page's resources under a name that is free there."""
        import pikepdf

        resources = _resources(page)
        forms = resources.get("/XObject")
        if not isinstance(forms, pikepdf.Dictionary):
            forms = resources["/XObject"] = pikepdf.Dictionary()
        number = 0
        while f"{stem}{number}" in forms:
            number += 1
        forms[f"{stem}{number}"] = form
        return f"{stem}{number}"


def _resources(page: pikepdf.Dictionary) -> pikepdf.Object:
    """The page's resources, made where there are none."""
    import pikepdf

    if not isinstance(page.get("/Resources"), pikepdf.Dictionary):
        page["/Resources"] = pikepdf.Dictionary()
    return page["/Resources"]
