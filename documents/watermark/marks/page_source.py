"""Reading a page of a document that may be hostile, to draw it elsewhere."""

from __future__ import annotations

import io
import zlib
from contextlib import contextmanager

from ..errors import UnsupportedImage
from ..placement.geometry import ordered_box, page_geometry
from .copying import MOST_STREAM_BYTES, CannotBeCopied

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pikepdf

    from ..placement.geometry import Box, PageGeometry
    from ..syntax.values import Value
    from .copying import Copies

DEEPEST_TREE = 64
KEPT_OF_CONTENT = ("/Filter", "/DecodeParms")


class Page:
    """A page of an open document and how it lies before its reader."""

    def __init__(self, pdf: pikepdf.Pdf, page: pikepdf.Dictionary) -> None:
        self.pdf = pdf
        self._page = page
        self.geometry: PageGeometry = page_geometry(
            _box(self.inherited("/MediaBox")),
            _box(self.inherited("/CropBox")),
            _number(self.inherited("/Rotate"), 0.0),
            _number(self.entry("/UserUnit"), 1.0),
        )

    def entry(self, key: str) -> Any:
        """The page's own entry, or None."""
        return self._page.get(key)

    def inherited(self, key: str) -> Any:
        """The page's entry or the nearest one above it (7.7.3.4), or None."""
        import pikepdf

        node: Any = self._page
        for _ in range(DEEPEST_TREE):
            if key in node:
                return node[key]
            node = node.get("/Parent")
            if not isinstance(node, pikepdf.Dictionary):
                break
        return None

    def content(self, copies: Copies) -> tuple[dict[str, Value], bytes]:
        """The content and, where it is a single stream and stored as it is, its filters."""
        import pikepdf

        contents = self.entry("/Contents")
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        streams = [part for part in parts if isinstance(part, pikepdf.Stream)]
        if len(streams) == 1:
            kept = [key for key in KEPT_OF_CONTENT if key in streams[0]]
            filters = {key[1:]: copies.of(streams[0][key]) for key in kept}
            return filters, copies.raw_data(streams[0])
        left, decoded = MOST_STREAM_BYTES, []
        for stream in streams:
            decoded.append(_decoded(stream, left))
            left -= len(decoded[-1])
        return {}, b"\n".join(decoded)


@contextmanager
def page_of(data: bytes, number: int) -> Iterator[Page]:
    """Page ``number`` (from 1) of a document; raises UnsupportedImage."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise UnsupportedImage("The document to be drawn is protected.")
            if not 1 <= number <= len(pdf.pages):
                raise UnsupportedImage(f"The document to be drawn has no page {number}.")
            yield Page(pdf, pdf.pages[number - 1].obj)
    except pikepdf.PasswordError as error:
        raise UnsupportedImage("The document to be drawn is protected.") from error
    except (pikepdf.PikepdfError, ValueError, TypeError) as error:
        raise UnsupportedImage("The document to be drawn is damaged.") from error


def is_layered(page: Page) -> bool:
    """Whether the document hides some of its optional content (8.11.4.3)."""
    import pikepdf

    properties = page.pdf.Root.get("/OCProperties")
    default = properties.get("/D") if isinstance(properties, pikepdf.Dictionary) else None
    if not isinstance(default, pikepdf.Dictionary):
        return False
    off = default.get("/OFF")
    hides_some = isinstance(off, pikepdf.Array) and len(off) > 0
    return hides_some or default.get("/BaseState") == "/OFF"


def _decoded(stream: pikepdf.Stream, most: int) -> bytes:
    import pikepdf

    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    data: bytes = stream.read_raw_bytes()
    if filters is None or (isinstance(filters, pikepdf.Array) and len(filters) == 0):
        return data[: most + 1]
    if filters != "/FlateDecode" or "/DecodeParms" in stream:
        raise CannotBeCopied("filters in a row")
    try:
        decoded = zlib.decompressobj().decompress(data, most + 1)
    except zlib.error as error:
        raise CannotBeCopied("damaged content") from error
    if len(decoded) > most:
        raise CannotBeCopied("too much content")
    return decoded


def _box(found: Any) -> Box | None:
    import pikepdf

    if not isinstance(found, pikepdf.Array) or len(found) != 4:
        return None
    return ordered_box([_number(item, float("nan")) for item in found])


def _number(found: Any, default: float) -> float:
    try:
        return float(found)
    except (TypeError, ValueError, ArithmeticError):
        return default
