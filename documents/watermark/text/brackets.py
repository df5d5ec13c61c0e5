"""Paired brackets of text that runs in two directions (Unicode 15.0, BidiBrackets.txt)."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence

# Opening brackets, every second code point of these ranges: the closing one is the next.
RANGES = (
    (0x0028, 0x0028),
    (0x0F3A, 0x0F3C),
    (0x169B, 0x169B),
    (0x2045, 0x2045),
    (0x207D, 0x207D),
    (0x208D, 0x208D),
    (0x2308, 0x230A),
    (0x2329, 0x2329),
    (0x2768, 0x2774),
    (0x27C5, 0x27C5),
    (0x27E6, 0x27EE),
    (0x2983, 0x298B),
    (0x2991, 0x2997),
    (0x29D8, 0x29DA),
    (0x29FC, 0x29FC),
    (0x2E22, 0x2E28),
    (0x2E55, 0x2E5B),
    (0x3008, 0x3010),
    (0x3014, 0x301A),
    (0xFE59, 0xFE5D),
    (0xFF08, 0xFF08),
    (0xFF5F, 0xFF5F),
    (0xFF62, 0xFF62),
)
OPENING = {
    **{chr(code): chr(code + 1) for first, last in RANGES for code in range(first, last + 1, 2)},
    **{"[": "]", "{": "}", "\uff3b": "\uff3d", "\uff5b": "\uff5d"},
    **{"\u298d": "\u2990", "\u298f": "\u298e"},
}
CLOSING = frozenset(OPENING.values())
LOOKING_LEFT_AND_RIGHT = {
    **OPENING,
    **{"<": ">", "\xab": "\xbb", "\u2039": "\u203a", "\u2264": "\u2265"},
}
MIRRORED = {
    **LOOKING_LEFT_AND_RIGHT,
    **{right: left for left, right in LOOKING_LEFT_AND_RIGHT.items()},
}
MAXIMUM_OPEN = 63  # BD16


def bracket_pairs(characters: Sequence[tuple[int, str]]) -> list[tuple[int, int]]:
    """The places of the brackets that belong together, in the order of the first (BD16).

    ``characters`` are places and what stands there, of one isolating run sequence.
    """
    waiting: list[tuple[str, int]] = []
    pairs = []
    for place, character in characters:
        if character in OPENING:
            if len(waiting) == MAXIMUM_OPEN:
                return []
            waiting.append((_plain(OPENING[character]), place))
        elif character in CLOSING:
            wanted = _plain(character)
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == wanted:
                    pairs.append((waiting[depth][1], place))
                    del waiting[depth:]
                    break
    return sorted(pairs)


def mirrored(character: str) -> str:
    """The character that looks as this one does in text from right to left.

    Readers expect it there: they take glyphs in the order of the page, turn that round, and turn
    brackets with it.
    """
    return MIRRORED.get(character, character)


def _plain(character: str) -> str:
    """The same bracket for all that are canonically equivalent."""
    return unicodedata.normalize("NFC", character)
