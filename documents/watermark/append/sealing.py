"""Making the superseded pages of a copy unreadable, so that cutting off the tail restores nothing.

An incremental update leaves the old page dictionaries where they were. A sealed copy has them
blanked, in every revision that the file holds; object streams that had one of them are blanked as
a whole, and what else was in them is written anew.
"""

from __future__ import annotations

from ..reading.sections import COMPRESSED, PLAIN

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from mmap import mmap

    from ..reading.sections import Location
    from .tail_writer import TailWriter

NULL = b" null"
# A call of the system for each of many small blanks costs more than copying what is between them.
NEAR_BYTES = 1 << 13
PIECE_BYTES = 1 << 20


class Seal:
    """What a tail supersedes. ``write_survivors`` before the tail ends, ``blanks`` after."""

    def __init__(self, writer: TailWriter) -> None:
        self._writer = writer
        self._file = writer.file
        self._plain: dict[Location, int] = {}  # superseded objects' numbers by place
        self._streams: dict[int, None] = {}

    def write_survivors(self) -> None:
        """Write anew what shares an object stream with a superseded object."""
        reference = self._file.cross_reference
        replaced = self._writer.replaced
        for number, location in (
            reference.revisions(replaced) if reference.has_history else replaced.items()
        ):
            if location[0] == PLAIN:
                self._plain[location] = number
            elif location[0] == COMPRESSED:
                self._streams[location[1]] = None
        locate, replace_at = self._file.locate, self._writer.replace_at
        for stream in self._streams:
            opened = self._file.object_streams.opened(stream)
            text = opened.text
            for number in [number for number in opened.spans if number not in replaced]:
                location = locate(number)
                if location[0] == COMPRESSED and location[1] == stream:
                    replace_at(number, location, text(number).strip())

    def blanks(self) -> list[tuple[int, int]]:
        """Start and end of what has to be blanked, in the order of the file."""
        found = {self._file.extent(number, at) for at, number in self._plain.items()}
        for number, location in self._file.cross_reference.revisions(self._streams):
            if location[0] == PLAIN:
                found.add(self._file.extent(number, location))
        return sorted(found)


def blanked(
    data: mmap | bytes, blanks: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, bytes | bytearray]]:
    """What to write where in a copy of ``data`` to leave ``null`` alone between these places.

    What lies near together is written at once, with the bytes between as they are.
    """
    near: list[tuple[int, int]] = []
    for start, end in blanks:
        if near and (start > near[-1][1] + NEAR_BYTES or end > near[0][0] + PIECE_BYTES):
            yield _together(data, near)
            near = []
        if end - start <= PIECE_BYTES:
            near.append((start, end))
            continue
        yield start, NULL
        for at in range(start + len(NULL), end, PIECE_BYTES):
            yield at, b" " * min(PIECE_BYTES, end - at)
    if near:
        yield _together(data, near)


def _together(data: mmap | bytes, blanks: list[tuple[int, int]]) -> tuple[int, bytearray]:
    first, last = blanks[0][0], max(end for _, end in blanks)
    with memoryview(data) as view:
        piece = bytearray(view[first:last])
    for start, end in blanks:
        length = end - start
        piece[start - first : end - first] = NULL.ljust(length)[:length]
    return first, piece
