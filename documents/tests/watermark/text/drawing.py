"""Text marks alone on pages of their own: what a reader draws and finds of them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from documents.tests.watermark.text.plain_objects import Look
from documents.watermark.marks.mark import Form, MarkContext
from documents.watermark.marks.text import TextMark
from documents.watermark.syntax.values import Name, Ref, dictionary

if TYPE_CHECKING:
    from documents.watermark.syntax.values import Entries, Value

WIDTH, HEIGHT = 600, 200


class Objects:
    """Objects of a document in memory; packs streams as the engine's writer does."""

    def __init__(self) -> None:
        self.bodies: dict[int, bytes] = {}
        self.entries: dict[int, Entries] = {}
        self.streams: dict[int, bytes] = {}
        self.before = b""
        self._reserved = 0

    def reserve(self) -> Ref:
        self._reserved += 1
        return Ref(self._reserved)

    def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        ref = at or self.reserve()
        assert ref.number not in self.bodies
        self.entries[ref.number] = entries
        if data is None:
            self.bodies[ref.number] = dictionary(entries)
            return ref
        self.streams[ref.number] = data
        if "Filter" not in entries:
            data, entries = zlib.compress(data), {**entries, "Filter": Name("FlateDecode")}
        head = dictionary({**entries, "Length": len(data)})
        self.bodies[ref.number] = head + b"\nstream\n" + data + b"\nendstream"
        return ref

    def document(self, forms: list[Form]) -> bytes:
        """A page for each form, drawn in its middle."""
        tree = self.reserve()
        kids: list[Value] = []
        for form in forms:
            place = b" q 1 0 0 1 %d %d cm /M Do Q" % (WIDTH // 2, HEIGHT // 2)
            content = self.add({}, self.before + place)
            page = {
                "Type": Name("Page"),
                "Parent": tree,
                "MediaBox": [0, 0, WIDTH, HEIGHT],
                "Resources": {"XObject": {"M": form.ref}},
                "Contents": content,
            }
            kids.append(self.add(page))
        self.add({"Type": Name("Pages"), "Kids": kids, "Count": len(kids)}, at=tree)
        root = self.add({"Type": Name("Catalog"), "Pages": tree})
        return self._written(root)

    def _written(self, root: Ref) -> bytes:
        out, offsets = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number in range(1, self._reserved + 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, self.bodies[number])
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        trailer = dictionary({"Size": len(offsets) + 1, "Root": root})
        return bytes(out + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % start)


def drawn(
    text: str, *, context: MarkContext | None = None, pages: int = 1, **look: object
) -> bytes:
    """A document whose pages show the mark and nothing else."""
    objects = Objects()
    mark = TextMark(Look(text, **look), objects, context or MarkContext())
    forms = [mark.form(page, pages) for page in range(1, pages + 1)]
    mark.finish()
    return objects.document(forms)
