"""Writing a document of which each page is one picture (ISO 32000-2, 7.5 and 8.9)."""

from __future__ import annotations

import hashlib
import math
from array import array

from ..syntax.values import Name, Ref, dictionary, number, written

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import BinaryIO

    from ..marks.samples import Samples
    from ..syntax.values import Entries, Value

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, PAGES, INFO = Ref(1), Ref(2), Ref(3)
LARGEST_SIDE = 14_400  # units of user space (ISO 32000-1, annex C)
ID_BYTES = 16


class PictureDocument:
    """Pages are written as they come; of each only the places of its objects are remembered.

    ``finish`` ends the document. Equal pages and title give equal bytes.
    """

    def __init__(self, target: BinaryIO) -> None:
        self.size = 0
        self._target = target
        self._digest = hashlib.sha256()
        self._offsets = array("Q", [0, 0, 0])  # catalogue, page tree and title come last
        self._pages: list[bytes] = []
        self._write(HEADER)

    def add_page(self, samples: Samples, size: tuple[float, float], user_unit: float) -> None:
        """A page of this width and height (units of user space) that the picture fills."""
        times = math.ceil(max(size) / LARGEST_SIDE)
        if times > 1:
            size, user_unit = (size[0] / times, size[1] / times), user_unit * times
        width, height = map(number, size)
        image = self.add({**samples.entries, "ColorSpace": samples.colour_space}, samples.data)
        content = b"q %s 0 0 %s 0 0 cm /Im Do Q" % (width, height)
        self._add_page(image, content, size, {"UserUnit": user_unit} if user_unit != 1 else {})

    def add_form_page(self, form: Ref, size: tuple[float, float], scale: float) -> None:
        """A page of this size with a form in its middle, so many times as large as it is."""
        across, up = number(size[0] / 2), number(size[1] / 2)
        content = b"q %b 0 0 %b %b %b cm /Im Do Q" % (number(scale), number(scale), across, up)
        self._add_page(form, content, size, {})

    def _add_page(
        self, drawn: Ref, content: bytes, size: tuple[float, float], more: Entries
    ) -> None:
        entries: dict[str, Value] = {
            "Type": Name("Page"),
            "Parent": PAGES,
            "MediaBox": [0, 0, *size],
            "Resources": {"XObject": {"Im": drawn}},
            "Contents": self.add({}, content),
        }
        self._pages.append(written(self.add({**entries, **more})))

    def finish(self, title: str) -> None:
        """Write what holds the pages together."""
        kids = b"[" + b" ".join(self._pages) + b"]"
        tree = b"<</Type /Pages/Count %d/Kids %b>>" % (len(self._pages), kids)
        self._put(CATALOG, dictionary({"Type": Name("Catalog"), "Pages": PAGES}))
        self._put(PAGES, tree)
        self._put(INFO, dictionary({"Title": title} if title else {}))
        start, count = self.size, len(self._offsets) + 1
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        self._write(b"".join(b"%010d 00000 n \n" % offset for offset in self._offsets))
        identity = self._digest.digest()[:ID_BYTES]
        trailer: Entries = {
            "Size": count,
            "Root": CATALOG,
            "Info": INFO,
            "ID": [identity, identity],
        }
        self._write(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (dictionary(trailer), start))

    def reserve(self) -> Ref:
        """The number of an object that will be added later."""
        self._offsets.append(0)
        return Ref(len(self._offsets))

    def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        """Write a dictionary, or with ``data`` a stream, as it is."""
        ref = at or self.reserve()
        if data is None:
            self._put(ref, dictionary(entries))
        else:
            head = dictionary({**entries, "Length": len(data)})
            self._put(ref, b"%b\nstream\n%b\nendstream" % (head, data))
        return ref

    def _put(self, ref: Ref, body: bytes) -> None:
        self._offsets[ref.number - 1] = self.size
        self._write(b"%d 0 obj\n%b\nendobj\n" % (ref.number, body))

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)
        view = memoryview(data)
        while view:
            view = view[self._target.write(view) :]
