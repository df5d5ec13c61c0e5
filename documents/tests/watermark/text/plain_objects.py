"""Objects that go nowhere, and a look, in a module that loads nothing."""

from __future__ import annotations

from documents.watermark.syntax.values import Ref, dictionary


class Look:
    """A layer's instructions: black opaque text, unless told otherwise."""

    font_size = 24
    font_family = "sans"
    font_weight = "regular"
    align = None
    color = "#000000"
    opacity = 1.0
    position = "center"

    def __init__(self, watermark_text: str, **options: object) -> None:
        self.watermark_text = watermark_text
        self.__dict__.update(options)


class PlainObjects:
    """Numbers objects and writes none."""

    def __init__(self) -> None:
        self._reserved = 0

    def reserve(self) -> Ref:
        self._reserved += 1
        return Ref(self._reserved)

    def add(self, entries: object, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        dictionary(entries)
        return at or self.reserve()
