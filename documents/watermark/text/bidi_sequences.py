"""Weak and neutral characters of one isolating run sequence (UAX #9, rules W1 to N2, I1, I2)."""

from __future__ import annotations

from .brackets import bracket_pairs

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

NEUTRAL = frozenset({"B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"})
STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}  # as neutral characters see them
RISES = ({"R": 1, "AN": 2, "EN": 2}, {"L": 1, "EN": 1, "AN": 1})  # I1, I2


def resolve(
    places: Sequence[int], kinds: list[str], levels: list[int], text: str, start: str, end: str
) -> None:
    """Give the characters of a sequence their levels.

    ``kinds`` are the classes of all characters, ``start`` and ``end`` those around the sequence.
    """
    own = [kinds[place] for place in places]
    original = list(own)
    weak = _Weak(own, start)
    weak.resolve()
    level = levels[places[0]]
    direction = "R" if level % 2 else "L"
    _resolve_brackets(own, original, [text[place] for place in places], start, direction)
    _resolve_neutral(own, start, end, direction)
    for place, kind in zip(places, own, strict=True):
        levels[place] = level + RISES[level % 2].get(kind, 0)


class _Weak:
    """Numbers, their signs, and marks (W1 to W7)."""

    def __init__(self, kinds: list[str], start: str) -> None:
        self.kinds = kinds
        self.start = start

    def resolve(self) -> None:
        """Change the classes in place."""
        self._marks()
        self._numbers_after_arabic()
        self._separators()
        self._terminators()
        self._numbers_after_latin()

    def _marks(self) -> None:
        """W1."""
        last = self.start
        for at, kind in enumerate(self.kinds):
            if kind == "NSM":
                self.kinds[at] = last
            last = "ON" if kind in ("LRI", "RLI", "FSI", "PDI") else self.kinds[at]

    def _numbers_after_arabic(self) -> None:
        """W2 and W3."""
        strong = self.start
        for at, kind in enumerate(self.kinds):
            if kind in ("L", "R", "AL"):
                strong = kind
            elif kind == "EN" and strong == "AL":
                self.kinds[at] = "AN"
            if kind == "AL":
                self.kinds[at] = "R"

    def _separators(self) -> None:
        """W4."""
        kinds = self.kinds
        for at in range(1, len(kinds) - 1):
            before, kind, after = kinds[at - 1 : at + 2]
            is_between = before == after and before in ("EN", "AN")
            if is_between and (kind == "CS" or (kind == "ES" and before == "EN")):
                kinds[at] = before

    def _terminators(self) -> None:
        """W5 and W6."""
        kinds, at = self.kinds, 0
        while at < len(kinds):
            end = at
            while end < len(kinds) and kinds[end] == "ET":
                end += 1
            if end > at:
                by_number = "EN" in kinds[max(0, at - 1) : at] or "EN" in kinds[end : end + 1]
                kinds[at:end] = ["EN" if by_number else "ON"] * (end - at)
            at = max(end, at + 1)
        kinds[:] = ["ON" if kind in ("ES", "CS") else kind for kind in kinds]

    def _numbers_after_latin(self) -> None:
        """W7."""
        strong = self.start
        for at, kind in enumerate(self.kinds):
            if kind in ("L", "R"):
                strong = kind
            elif kind == "EN" and strong == "L":
                self.kinds[at] = "L"


def _resolve_brackets(
    kinds: list[str], original: Sequence[str], characters: Sequence[str], start: str, direction: str
) -> None:
    """Brackets take the direction of what they hold, else of what stands before them (N0)."""
    neutral = [(at, characters[at]) for at, kind in enumerate(kinds) if kind == "ON"]
    for opening, closing in bracket_pairs(neutral):
        inside = {STRONG[kind] for kind in kinds[opening + 1 : closing] if kind in STRONG}
        if not inside:
            continue
        if direction in inside:
            taken = direction
        else:
            before = next((STRONG[k] for k in reversed(kinds[:opening]) if k in STRONG), start)
            taken = before if before != direction else direction
        for at in (opening, closing):
            kinds[at] = taken
            for mark in range(at + 1, len(kinds)):
                if original[mark] != "NSM":
                    break
                kinds[mark] = taken


def _resolve_neutral(kinds: list[str], start: str, end: str, direction: str) -> None:
    """Neutral characters between two of one direction take it, others the embedding's (N1, N2)."""
    at, before = 0, start
    while at < len(kinds):
        stop = at
        while stop < len(kinds) and kinds[stop] in NEUTRAL:
            stop += 1
        if stop > at:
            after = STRONG[kinds[stop]] if stop < len(kinds) else end
            kinds[at:stop] = [before if before == after else direction] * (stop - at)
        if stop < len(kinds):
            before = STRONG[kinds[stop]]
        at = max(stop, at + 1)
