"""The rows of a tail's cross-reference section, kept small: a document may have 100,000 pages."""

from __future__ import annotations

from array import array

from ..reading.sections import COMPRESSED

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..reading.sections import Location


class Rows:
    """Where each object of the tail is; of two rows for one object the later counts."""

    def __init__(self) -> None:
        self._numbers = array("L")
        self._kinds = array("B")
        self._places = array("Q")
        self._details = array("L")

    def add(self, number: int, kind: int, place: int, detail: int) -> None:
        self._numbers.append(number)
        self._kinds.append(kind)
        self._places.append(place)
        self._details.append(detail)

    def add_packed(self, numbers: Sequence[int], stream: int) -> None:
        """Objects that are in an object stream, in this order."""
        count = len(numbers)
        self._numbers.extend(numbers)
        self._kinds.extend(bytes([COMPRESSED]) * count)
        self._places.extend([stream] * count)
        self._details.extend(range(count))

    def runs(self) -> Iterator[tuple[int, list[Location]]]:
        """Runs of successive numbers: the first number, and the rows from there on."""
        # A dictionary keeps the last of equal keys.
        rows = dict(
            zip(
                self._numbers,
                zip(self._kinds, self._places, self._details, strict=True),
                strict=True,
            )
        )
        run: list[Location] = []
        first = after = -1
        for number in sorted(rows):
            if number != after:
                if run:
                    yield first, run
                first, run = number, []
            run.append(rows[number])
            after = number + 1
        if run:
            yield first, run
