"""Writing a tail: objects as they come, then the cross-reference (ISO 32000-2, 7.5.6).

Everything goes to the sink in batches, and of an object only its place is remembered, so that the
pages of a document may be many.
"""

from __future__ import annotations

import zlib
from itertools import accumulate

from ..errors import TooLarge
from ..reading.cross_reference import STREAMS
from ..reading.sections import COMPRESSED, PLAIN
from ..syntax.unreadable import Unreadable
from ..syntax.values import Name, Ref, dictionary
from .rows import Rows

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..reading.pdf_file import PdfFile
    from ..reading.sections import Location
    from ..syntax.values import Entries, Value

BATCH_BYTES = 1 << 18
WORTH_COMPRESSING_BYTES = 128
PACKED_OBJECTS, PACKED_BYTES = 200, 1 << 17
# Dictionaries of pages are alike and shrink well with little effort.
PACKING_LEVEL = 3
LARGEST_GENERATION = 65_535  # (7.5.4)
LARGEST_NUMBER = 4_194_303  # of an object: pdfium takes no larger ones


class TailWriter:
    """New and changed objects of ``file``; ``sink`` takes the bytes of the tail in order.

    ``most_bytes``: what the file and its tail may have; raises TooLarge beyond.
    """

    def __init__(
        self, file: PdfFile, sink: Callable[[bytes], object], *, most_bytes: int = 1 << 63
    ) -> None:
        self._most_bytes = most_bytes - file.size
        self.file = file
        self.size = 0
        self.checksum = 0  # CRC-32 of what has been sent
        self.rows = Rows()
        self.replaced: dict[int, Location] = {}  # the file's own objects, and where they were
        self._sink = sink
        self._parts: list[bytes] = []
        self._batched = 0
        self._next = file.cross_reference.first_unused
        self._packs = file.cross_reference.kind == STREAMS
        self._packed: list[tuple[int, bytes]] = []
        self._packed_bytes = 0

    def reserve(self) -> Ref:
        """The number of an object that will be added later."""
        number = self._next
        if number > LARGEST_NUMBER:
            raise Unreadable("the file has used up the numbers of objects")
        self._next += 1
        return Ref(number)

    def add(self, entries: Entries, data: bytes | None = None, *, at: Ref | None = None) -> Ref:
        """A new dictionary, or with ``data`` a stream; see ``NewObjects``."""
        ref = at or self.reserve()
        if data is None:
            self._add_dictionary(ref, entries)
        else:
            self._add_stream(ref, entries, data)
        return ref

    def replace(self, number: int, text: bytes) -> None:
        """Another text for an object of the file."""
        self.replace_at(number, self.file.locate(number), text)

    def replace_at(self, number: int, location: Location, text: bytes) -> None:
        """Another text for an object whose place is known."""
        kind, _, detail = location
        self.replaced[number] = location
        if kind == PLAIN:
            if detail > LARGEST_GENERATION:
                raise Unreadable("an object has an impossible generation")
            # Strings of an object by itself are encrypted and stay so; elsewhere they may not be.
            if self._packs and detail == 0 and self.file.security is None:
                self._pack(number, text)
            else:
                self._put(number, detail, text)
        elif kind == COMPRESSED:
            if self._packs:
                self._pack(number, text)
            elif self.file.security is None:
                self._put(number, 0, text)
            else:
                raise Unreadable("an encrypted file has a table and object streams")
        else:
            raise Unreadable("an object to change is not there")

    def flush(self) -> None:
        """Send what has been collected."""
        if self._parts:
            batch = b"".join(self._parts)
            self.checksum = zlib.crc32(batch, self.checksum)
            self._sink(batch)
            self._parts, self._batched = [], 0

    def write(self, data: bytes) -> None:
        """Add bytes to the tail as they are."""
        if self.size > self._most_bytes:
            raise TooLarge("The marked document would be larger than allowed.")
        self._parts.append(data)
        self.size += len(data)
        self._batched += len(data)
        if self._batched > BATCH_BYTES:
            self.flush()

    @property
    def offset(self) -> int:
        """Where the next byte will stand, as cross-references count."""
        return self.file.size - self.file.base + self.size

    @property
    def first_unused(self) -> int:
        """A number beyond all objects."""
        return self._next

    def pack_rest(self) -> None:
        """Write the object stream that has been begun."""
        if not self._packed:
            return
        packed, self._packed, self._packed_bytes = self._packed, [], 0
        ref = self.reserve()
        numbers, texts = zip(*packed, strict=True)
        offsets = accumulate([len(text) + 1 for text in texts], initial=0)
        first = b" ".join(map(b"%d %d".__mod__, zip(numbers, offsets, strict=False))) + b"\n"
        data = zlib.compress(first + b"\n".join(texts), PACKING_LEVEL)
        entries: dict[str, Value] = {"Type": Name("ObjStm"), "N": len(packed), "First": len(first)}
        self._add_stream(ref, {**entries, "Filter": Name("FlateDecode")}, data)
        self.rows.add_packed(numbers, ref.number)

    def _add_dictionary(self, ref: Ref, entries: Entries) -> None:
        if self._packs:
            self._pack(ref.number, dictionary(entries))
        else:
            self._put(ref.number, 0, dictionary(self._encrypted(entries, ref.number)))

    def _add_stream(self, ref: Ref, entries: Entries, data: bytes) -> None:
        if "Filter" not in entries and len(data) > WORTH_COMPRESSING_BYTES:
            data = zlib.compress(data, 9)
            entries = {**entries, "Filter": Name("FlateDecode")}
        if self.file.security is not None:
            data = self.file.security.encrypt_stream(ref.number, 0, data)
            entries = self._encrypted(entries, ref.number)
        head = dictionary({**entries, "Length": len(data)})
        self._put(ref.number, 0, b"%sstream\n%s\nendstream" % (head + b"\n", data))

    def _encrypted(self, entries: Entries, number: int) -> Entries:
        if self.file.security is None:
            return entries
        from .encrypted_values import encrypted

        return encrypted(entries, self.file.security, number)

    def _put(self, number: int, generation: int, text: bytes) -> None:
        self.rows.add(number, PLAIN, self.offset, generation)
        self.write(b"%d %d obj\n%s\nendobj\n" % (number, generation, text))

    def _pack(self, number: int, text: bytes) -> None:
        self._packed.append((number, text))
        self._packed_bytes += len(text)
        if len(self._packed) >= PACKED_OBJECTS or self._packed_bytes > PACKED_BYTES:
            self.pack_rest()

    def cipher_of(self, number: int) -> tuple[int, int] | None:
        """By what strings in an object are encrypted: number and generation, None if they are not.

        ``replace`` leaves that as it is.
        """
        kind, _, detail = self.file.locate(number)
        return (number, detail) if kind == PLAIN else None
