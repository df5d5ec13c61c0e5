"""Marks drawn on pages of their own, without the engine around them, and on documents with it."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from documents.tests import builders
from documents.watermark import Limits, Result, WatermarkSpec
from documents.watermark.append.request import Request
from documents.watermark.engine import apply_request
from documents.watermark.marks.mark import Form, MarkContext
from documents.watermark.syntax.values import Ref, dictionary

if TYPE_CHECKING:
    from documents.watermark.marks.mark import Mark
    from documents.watermark.syntax.values import Entries

FIRST_NUMBER = 20
SIDE = 200


class MemoryObjects:
    """A mark's objects, kept for a document that is built in memory."""

    def __init__(self) -> None:
        self.bodies: dict[int, bytes] = {}
        self.entries: dict[int, Entries] = {}
        self._next = FIRST_NUMBER

    def reserve(self) -> Ref:
        self._next += 1
        return Ref(self._next)

    def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        ref = at or self.reserve()
        assert ref.number not in self.bodies
        body = dictionary(entries)
        if data is not None:
            more = b"" if "Filter" in entries else b"/Filter/FlateDecode"
            data = data if more == b"" else zlib.compress(data)
            body = body[:-2] + more + b"/Length %d>>stream\n%s\nendstream" % (len(data), data)
        self.bodies[ref.number] = body
        self.entries[ref.number] = entries
        return ref

    def images(self) -> list[Entries]:
        """The dictionaries of the pictures that were written."""
        return [entries for entries in self.entries.values() if entries.get("Subtype") == "Image"]


def page_with(
    make: Callable[[MemoryObjects, MarkContext], Mark],
    *,
    background: bytes = b"",
    scale: float = 1.0,
    context: MarkContext | None = None,
) -> tuple[bytes, Form, MemoryObjects]:
    """A square page of 200 points with the mark in its middle, over the background's content."""
    objects = MemoryObjects()
    mark = make(objects, context or MarkContext())
    form = mark.form(1, 1)
    assert mark.form(1, 1).ref == form.ref
    mark.finish()
    middle = b"%g 0 0 %g %g %g" % (scale, scale, SIDE / 2, SIDE / 2)
    content = b"q %s Q q %s cm /Mark Do Q" % (background, middle)
    page = b"/MediaBox[0 0 %d %d]/Contents 3 0 R/Resources<</XObject<</Mark %d 0 R>>>>" % (
        SIDE,
        SIDE,
        form.ref.number,
    )
    return builders.one_page(page, {3: builders.stream(content), **objects.bodies}), form, objects


def marked_with(data: bytes, spec: WatermarkSpec, **request: object) -> tuple[bytes, Result]:
    """The marked document, and what the engine told of it."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile(buffering=0) as target:
        source.write(data)
        source.flush()
        result = apply_request(source, target, Request(spec, **{"limits": Limits(), **request}))
        target.seek(0)
        return target.read(), result


def colour_at(pixels: object, x: float, y: float) -> list[int]:
    """The colour at a place, given as shares of width and height from the left and the top."""
    rows, columns = pixels.shape[:2]
    return pixels[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)].tolist()
