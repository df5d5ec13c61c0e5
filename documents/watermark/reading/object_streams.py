"""Objects that stand in object streams (ISO 32000-2, 7.5.7)."""

from __future__ import annotations

from ..syntax.lexer import whole_number
from ..syntax.unreadable import Unreadable
from .sections import PLAIN

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .pdf_file import PdfFile

MOST_DECODED_BYTES = 64 << 20
MOST_OBJECTS = 1 << 18  # of one stream; writers take 100 to 200
# A file whose pages go to and fro between its streams would have them decoded without end.
MOST_DECODED_IN_ALL = 1 << 31
DEEPEST = 4
MOST_KEPT_BYTES = 8 << 20
BYTES_PER_OBJECT = 200  # of the dictionary that finds them


class ObjectStream:
    """One object stream, decoded: the text of each object by number."""

    __slots__ = ("data", "size", "spans")

    def __init__(self, data: bytes, count: int, first: int) -> None:
        if count > MOST_OBJECTS:
            raise Unreadable("an object stream has too many objects")
        heading = data[:first].split(maxsplit=2 * count)
        if not 0 <= 2 * count <= len(heading):
            raise Unreadable("an object stream has fewer objects than it says")
        try:
            numbers = list(map(int, heading[0 : 2 * count : 2]))
            starts = [first + int(offset) for offset in heading[1 : 2 * count : 2]]
        except ValueError:
            raise Unreadable("an object stream has no numbers where they should be") from None
        ends = [*starts[1:], len(data)][: len(starts)]
        if starts != sorted(starts):
            behind = dict(zip(sorted(starts), [*sorted(starts)[1:], len(data)], strict=True))
            ends = [behind[start] for start in starts]
        self.data = data
        self.size = len(data) + BYTES_PER_OBJECT * count  # bytes in memory, about
        self.spans = dict(zip(numbers, zip(starts, ends, strict=True), strict=True))

    def text(self, number: int) -> bytes:
        """The text of one object."""
        span = self.spans.get(number)
        if span is None:
            raise Unreadable("an object is not in its object stream")
        return self.data[span[0] : span[1]]


class ObjectStreams:
    """The object streams of a file; the few used last are kept."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._kept: dict[int, ObjectStream] = {}
        self._kept_bytes = 0
        self._bytes_left = MOST_DECODED_IN_ALL
        self._depth = 0

    def text(self, stream: int, number: int) -> bytes:
        """The text of an object in a stream."""
        return self.opened(stream).text(number)

    def opened(self, number: int) -> ObjectStream:
        """An object stream by its number."""
        kept = self._kept.pop(number, None)
        if kept is not None:
            self._kept[number] = kept  # it moves to the end: what was used last goes last
        else:
            # What a stream's dictionary refers to is in no such stream, or in few others (7.5.7).
            if self._depth > DEEPEST:
                raise Unreadable("an object stream has to be read to be read")
            self._depth += 1
            try:
                kept = self._kept[number] = self._read(number)
            finally:
                self._depth -= 1
            self._kept_bytes += kept.size
            while self._kept_bytes > MOST_KEPT_BYTES and len(self._kept) > 1:
                self._kept_bytes -= self._kept.pop(next(iter(self._kept))).size
        return kept

    def _read(self, number: int) -> ObjectStream:
        file = self._file
        if file.locate(number)[0] != PLAIN:
            raise Unreadable("an object stream is not in the file")
        entries = file.stream_dictionary(number)
        if entries is None or entries.get(b"/Type") != b"/ObjStm":
            raise Unreadable("an object stream is none")
        data, is_whole = file.decoded_stream(number, entries, MOST_DECODED_BYTES)
        if not is_whole:
            raise Unreadable("an object stream is damaged")
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise Unreadable("object streams have to be decoded again and again")
        count = whole_number(file.resolve(entries.get(b"/N") or b""), "N")
        first = whole_number(file.resolve(entries.get(b"/First") or b""), "First")
        return ObjectStream(data, count, first)
