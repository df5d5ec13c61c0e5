"""The rows of a tail's cross-reference section, kept small: a document may have 100,000 pages."""

from __future__ import annotations

from array import array

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def runs(self) -> Iterator[tuple[int, list[Location]]]:
        """Runs of successive numbers: the first number, and the rows from there on."""
        numbers, kinds, places, details = self._numbers, self._kinds, self._places, self._details
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        first, run = 0, []
        for at, index in enumerate(order):
            number = numbers[index]
            if at + 1 < len(order) and numbers[order[at + 1]] == number:
                continue
            if number != first + len(run):
                if run:
                    yield first, run
                first, run = number, []
            run.append((kinds[index], places[index], details[index]))
        if run:
            yield first, run
