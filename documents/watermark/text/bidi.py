"""The order of text that runs in both directions (Unicode Standard Annex #9).

Names of rules (X1, W4, …) and of classes (AL, NSM, …) are the annex's.
"""

from __future__ import annotations

import unicodedata

from .bidi_sequences import resolve

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMUM_DEPTH = 125  # BD2
EMBEDDINGS = {"LRE": 0, "LRO": 0, "RLE": 1, "RLO": 1}
OVERRIDES = {"LRO": "L", "RLO": "R"}
ISOLATES = frozenset({"LRI", "RLI", "FSI"})
REMOVED = frozenset({"LRE", "LRO", "RLE", "RLO", "PDF", "BN"})  # X9
RESET_AT_THE_END = frozenset({"WS", "FSI", "LRI", "RLI", "PDI", *REMOVED})  # L1
UNASSIGNED_RIGHT_TO_LEFT = (
    (0x0590, 0x08FF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFF),
    (0x10800, 0x10FFF),
    (0x1E800, 0x1EFFF),
)


def levels_of(text: str) -> list[int]:
    """The embedding level of each character of a line: odd ones run from right to left.

    Characters that the annex removes have the level of what stands before them.
    """
    classes = [unicodedata.bidirectional(character) or _unassigned(character) for character in text]
    base = base_level(classes)
    levels, last = [], base
    for level in embedding_levels(classes, text, base):
        last = last if level is None else level
        levels.append(last)
    return levels


def _unassigned(character: str) -> str:
    code = ord(character)
    return "R" if any(first <= code <= last for first, last in UNASSIGNED_RIGHT_TO_LEFT) else "L"


def base_level(classes: Sequence[str], start: int = 0, end: int | None = None) -> int:
    """The level of a paragraph, or of what an isolate holds: its first letter's (P2, P3)."""
    depth = 0
    for place in range(start, len(classes) if end is None else end):
        kind = classes[place]
        if kind in ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif not depth and kind in ("L", "R", "AL"):
            return int(kind != "L")
    return 0


def embedding_levels(classes: Sequence[str], text: str, base: int) -> list[int | None]:
    """The level of each character of a paragraph of one line, None where X9 removes it."""
    ends = _ends_of_isolates(classes)
    levels, kinds = _explicit(classes, base, ends)
    for sequence, start, end in _run_sequences(classes, levels, base, ends):
        resolve(sequence, kinds, levels, text, start, end)
    result: list[int | None] = [
        None if kind in REMOVED else level for kind, level in zip(classes, levels, strict=True)
    ]
    _reset_white_space(classes, result, base)
    return result


def visual_order(levels: Sequence[int]) -> list[int]:
    """The places in the order in which they stand from left to right (L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _ends_of_isolates(classes: Sequence[str]) -> dict[int, int]:
    """The place of the PDI of each isolate's initiator that has one (BD9)."""
    ends, waiting = {}, []
    for place, kind in enumerate(classes):
        if kind in ISOLATES:
            waiting.append(place)
        elif kind == "PDI" and waiting:
            ends[waiting.pop()] = place
    return ends


class _Explicit:
    """The stack of rules X1 to X8: level, override and whether an isolate opened it."""

    def __init__(self, base: int) -> None:
        self.stack: list[tuple[int, str, bool]] = [(base, "", False)]
        self.overflowing_isolates = self.overflowing_embeddings = self.isolates = 0

    def embed(self, kind: str) -> None:
        """X2 to X5."""
        level = _next_level(self.stack[-1][0], EMBEDDINGS[kind])
        fits = level <= MAXIMUM_DEPTH and not self.overflowing_isolates
        if fits and not self.overflowing_embeddings:
            self.stack.append((level, OVERRIDES.get(kind, ""), False))
        elif not self.overflowing_isolates:
            self.overflowing_embeddings += 1

    def isolate(self, parity: int) -> None:
        """X5a to X5c."""
        level = _next_level(self.stack[-1][0], parity)
        if level <= MAXIMUM_DEPTH and not (
            self.overflowing_isolates or self.overflowing_embeddings
        ):
            self.isolates += 1
            self.stack.append((level, "", True))
        else:
            self.overflowing_isolates += 1

    def end_isolate(self) -> None:
        """X6a."""
        if self.overflowing_isolates:
            self.overflowing_isolates -= 1
        elif self.isolates:
            self.overflowing_embeddings = 0
            while not self.stack[-1][2]:
                self.stack.pop()
            self.stack.pop()
            self.isolates -= 1

    def end_embedding(self) -> None:
        """X7."""
        if self.overflowing_isolates:
            return
        if self.overflowing_embeddings:
            self.overflowing_embeddings -= 1
        elif not self.stack[-1][2] and len(self.stack) > 1:
            self.stack.pop()


def _next_level(level: int, parity: int) -> int:
    """The next higher level that is even or odd."""
    return level + 1 if (level + 1) % 2 == parity else level + 2


def _explicit(
    classes: Sequence[str], base: int, ends: dict[int, int]
) -> tuple[list[int], list[str]]:
    """Levels and classes after the explicit controls (X1 to X8)."""
    state, levels, kinds = _Explicit(base), [], []
    for place, kind in enumerate(classes):
        if kind == "PDI":
            state.end_isolate()
        level, override, _ = state.stack[-1]
        if kind == "B":
            level, override = base, ""
        levels.append(level)
        kinds.append(override or kind if kind not in REMOVED else kind)
        if kind in EMBEDDINGS:
            state.embed(kind)
        elif kind in ISOLATES:
            inside = base_level(classes, place + 1, ends.get(place, len(classes)))
            state.isolate(inside if kind == "FSI" else int(kind == "RLI"))
        elif kind == "PDF":
            state.end_embedding()
    return levels, kinds


def _run_sequences(
    classes: Sequence[str], levels: Sequence[int], base: int, ends: dict[int, int]
) -> list[tuple[list[int], str, str]]:
    """The isolating run sequences with the classes at their start and end (BD13, X10)."""
    kept = [place for place, kind in enumerate(classes) if kind not in REMOVED]
    runs: list[list[int]] = []
    for place in kept:
        if runs and levels[runs[-1][-1]] == levels[place]:
            runs[-1].append(place)
        else:
            runs.append([place])
    sequences: list[list[int]] = []
    waiting: dict[int, list[int]] = {}
    for run in runs:
        sequence = waiting.pop(run[0], None)
        if sequence is None:
            sequence = []
            sequences.append(sequence)
        sequence += run
        if run[-1] in ends:
            waiting[ends[run[-1]]] = sequence
    index = {place: at for at, place in enumerate(kept)}
    return [
        (sequence, *_limits(sequence, kept, index, classes, levels, base)) for sequence in sequences
    ]


def _limits(
    sequence: list[int],
    kept: list[int],
    index: dict[int, int],
    classes: Sequence[str],
    levels: Sequence[int],
    base: int,
) -> tuple[str, str]:
    """The classes sos and eos of a sequence (X10)."""
    first, last = index[sequence[0]], index[sequence[-1]]
    level = levels[sequence[0]]
    before = levels[kept[first - 1]] if first else base
    is_open = classes[sequence[-1]] in ISOLATES
    after = base if is_open or last + 1 == len(kept) else levels[kept[last + 1]]
    return _direction(max(level, before)), _direction(max(level, after))


def _direction(level: int) -> str:
    return "R" if level % 2 else "L"


def _reset_white_space(classes: Sequence[str], levels: list[int | None], base: int) -> None:
    """White space at the end of the line, and what separates, have the line's level (L1)."""
    at_end = True
    for place in range(len(classes) - 1, -1, -1):
        kind = classes[place]
        at_end = kind in ("B", "S") or (at_end and kind in RESET_AT_THE_END)
        if at_end and kind not in REMOVED:
            levels[place] = base
