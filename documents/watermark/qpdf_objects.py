"""Plain objects and content as objects of an open pikepdf document."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .objects import Name, PdfObject, Ref, Value, number

if TYPE_CHECKING:
    import pikepdf

WORTH_COMPRESSING_BYTES = 200


class Converter:
    """Adds a family of plain objects to a document, each once, in the order they are asked for."""

    def __init__(self, pdf: pikepdf.Pdf, objects: Mapping[str, PdfObject]) -> None:
        self.pdf = pdf
        self.objects = objects
        self._made: dict[str, pikepdf.Object] = {}

    def made(self, key: str) -> pikepdf.Object:
        """The object with this key as an indirect object."""
        if key not in self._made:
            plain = self.objects[key]
            entries = {name: self._value(value) for name, value in plain.entries.items()}
            if plain.data is None:
                self._made[key] = self.pdf.make_indirect(_dictionary(entries))
            else:
                self._made[key] = make_stream(self.pdf, plain.data, entries)
        return self._made[key]

    def _value(self, value: Value) -> object:
        import pikepdf

        if isinstance(value, Ref):
            return self.made(value.key)
        if isinstance(value, Name):
            return pikepdf.Name(value)
        if isinstance(value, list):
            return pikepdf.Array([self._value(item) for item in value])
        if isinstance(value, dict):
            return _dictionary({name: self._value(item) for name, item in value.items()})
        if isinstance(value, float):
            return pikepdf.Object.parse(number(value).encode())
        return pikepdf.String(value) if isinstance(value, str) else value


def _dictionary(entries: Mapping[str, object]) -> pikepdf.Dictionary:
    import pikepdf

    return pikepdf.Dictionary({f"/{name}": value for name, value in entries.items()})


def make_stream(
    pdf: pikepdf.Pdf, data: bytes, entries: Mapping[str, object] | None = None
) -> pikepdf.Stream:
    """A stream of this data, compressed where that saves something."""
    import pikepdf

    named = {f"/{name}": value for name, value in (entries or {}).items()}
    if len(data) > WORTH_COMPRESSING_BYTES:
        data = zlib.compress(data, 9)
        named["/Filter"] = pikepdf.Name("/FlateDecode")
    return pikepdf.Stream(pdf, data, named)
