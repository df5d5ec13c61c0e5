"""Making the superseded pages of a copy unreadable, so that cutting off the tail restores nothing.

An incremental update leaves the old page dictionaries where they were. A sealed copy has them
blanked, in every revision that the file holds; object streams that had one of them are blanked as
a whole, and what else was in them is written anew.
"""

from __future__ import annotations

from ..reading.sections import COMPRESSED, PLAIN

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..reading.sections import Location
    from .tail_writer import TailWriter

NULL = b" null"


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
        for stream in self._streams:
            opened = self._file.object_streams.opened(stream)
            for number in opened.spans:
                location = self._file.locate(number)
                is_live = location[:2] == (COMPRESSED, stream)
                if is_live and number not in self._writer.replaced:
                    self._writer.replace(number, opened.text(number).strip())

    def blanks(self) -> list[tuple[int, int]]:
        """Start and end of what has to be blanked, in the order of the file."""
        found = {self._file.extent(number, at) for at, number in self._plain.items()}
        for number, location in self._file.cross_reference.revisions(self._streams):
            if location[0] == PLAIN:
                found.add(self._file.extent(number, location))
        return sorted(found)


def blanked(start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """What to write where to leave ``null`` alone between two places."""
    step = 1 << 20
    for at in range(start, end, step):
        length = min(step, end - at)
        yield at, (NULL if at == start else b"").ljust(length)[:length]
