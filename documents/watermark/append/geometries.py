"""The geometry of pages, read from their text (ISO 32000-2, 7.7.3.3 and 14.11.2)."""

from __future__ import annotations

import math

from ..placement.geometry import Box, PageGeometry, ordered_box, page_geometry
from ..syntax.lexer import array_items, number_of
from ..syntax.unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import TypeAlias

    from ..reading.page_tree import Inherited
    from ..reading.pdf_file import PdfFile
    from ..syntax.lexer import DictionarySpans

    Texts: TypeAlias = tuple[bytes | None, bytes | None, bytes | None, bytes | None]

MOST_KEPT = 4096


class Geometries:
    """Reads the geometry of pages; pages that say the same are read once."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._known: dict[Texts, tuple[PageGeometry, Box]] = {}

    def of(self, entries: DictionarySpans, inherited: Inherited) -> tuple[PageGeometry, Box]:
        """A page's geometry, and its media box or what stands for it."""
        texts = (
            entries.get(b"/MediaBox") or inherited.media_box,
            entries.get(b"/CropBox") or inherited.crop_box,
            entries.get(b"/Rotate") or inherited.rotate,
            entries.get(b"/UserUnit"),
        )
        known = self._known.get(texts)
        if known is None:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            known = self._known[texts] = self._read(*texts)
        return known

    def _read(
        self,
        media_box: bytes | None,
        crop_box: bytes | None,
        rotate: bytes | None,
        user_unit: bytes | None,
    ) -> tuple[PageGeometry, Box]:
        media = self._box(media_box)
        geometry = page_geometry(
            media, self._box(crop_box), self._number(rotate, 0.0), self._number(user_unit, 1.0)
        )
        return geometry, media if media and not media.is_empty else geometry.box

    def _box(self, text: bytes | None) -> Box | None:
        resolved = self._file.resolve(text) if text else b""
        if resolved[:1] != b"[":
            return None
        numbers = [self._number(item, math.nan) for item in array_items(resolved)]
        return ordered_box(numbers)

    def _number(self, text: bytes | None, default: float) -> float:
        if text is None:
            return default
        try:
            value = number_of(self._file.resolve(text))
        except Unreadable:
            return default
        return default if value is None else value
