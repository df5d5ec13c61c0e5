"""Making the superseded pages of a copy unreadable, so that cutting off the tail restores nothing.

An incremental update leaves the old page dictionaries where they were. A sealed copy has them
blanked, in every revision that the file holds; object streams that had one of them are blanked as
a whole, and what else was in them is written anew.
"""

from __future__ import annotations

from ..reading.sections import COMPRESSED, PLAIN

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..reading.sections import Location
    from .tail_writer import TailWriter

NULL = b" null"


class Seal:
    """What a tail supersedes. ``write_survivors`` before the tail ends, ``blanks`` after."""

    def __init__(self, writer: TailWriter) -> None:
        self._writer = writer
        self._file = writer.file
        self._places: set[int] = set()  # of plain objects: where each begins
        self._streams: dict[int, None] = {}

    def write_survivors(self) -> None:
        """Write anew what shares an object stream with a superseded object."""
        reference = self._file.cross_reference
        for number, location in self._writer.replaced.items():
            self._collect(reference.revisions(number) if reference.has_history else (location,))
        for stream in self._streams:
            opened = self._file.object_streams.opened(stream)
            for number in opened.spans:
                location = self._file.locate(number)
                is_live = location[:2] == (COMPRESSED, stream)
                if is_live and number not in self._writer.replaced:
                    self._writer.replace(number, opened.text(number).strip())

    def _collect(self, locations: Iterable[Location]) -> None:
        for kind, place, _ in locations:
            if kind == PLAIN:
                self._places.add(place + self._file.base)
            elif kind == COMPRESSED:
                self._streams[place] = None

    def blanks(self) -> list[tuple[int, int]]:
        """Start and end of what has to be blanked, in the order of the file."""
        found = [self._file.extent(place) for place in self._places]
        for stream in self._streams:
            for kind, place, _ in self._file.cross_reference.revisions(stream):
                if kind == PLAIN:
                    found.append(self._file.extent(place + self._file.base))
        return sorted(set(found))


def blanked(start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """What to write where to leave ``null`` alone between two places."""
    step = 1 << 20
    for at in range(start, end, step):
        length = min(step, end - at)
        yield at, (NULL if at == start else b"").ljust(length)[:length]
