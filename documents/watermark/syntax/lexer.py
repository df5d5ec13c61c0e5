"""Finding values in the text of objects without building them (ISO 32000-2, 7.2 and 7.3).

A page's dictionary is edited where it stands, so what matters is where its entries begin and end.
Whatever is not plainly well-formed raises Unreadable.
"""

from __future__ import annotations

import re

from .unreadable import Unreadable

WHITE = rb"\x00\t\n\x0c\r "
REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
# White space and comments (7.2.3, 7.2.4), possessive: hostile text costs no more than its length.
GAP = rb"(?:[" + WHITE + rb"]++|%[^\r\n]*+)*+"

TOKEN = re.compile(
    GAP
    + rb"(?:(<<)|(>>)|(\[)|(\])|(/"
    + REGULAR
    + rb"*+)|(\((?:[^()\\]++|\\.)*+\))|(<[0-9A-Fa-f"
    + WHITE
    + rb"]*+>)|("
    + REGULAR
    + rb"++)|(\())",
    re.DOTALL,
)
# The groups of TOKEN. A NESTED string has parentheses within and is measured by hand.
OPEN_DICTIONARY, CLOSE_DICTIONARY, OPEN_ARRAY, CLOSE_ARRAY = 1, 2, 3, 4
NAME, STRING, HEX_STRING, WORD, NESTED_STRING = 5, 6, 7, 8, 9
OPENING, CLOSING = (OPEN_DICTIONARY, OPEN_ARRAY), (CLOSE_DICTIONARY, CLOSE_ARRAY)

LARGEST_NUMBER = 1e300  # beyond it Python reckons with infinity

SPACE = re.compile(GAP)
REFERENCE = re.compile(
    rb"(\d{1,10})[" + WHITE + rb"]+(\d{1,5})[" + WHITE + rb"]+R(?!" + REGULAR + rb")"
)
NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap
    from typing import TypeAlias

    Text: TypeAlias = "bytes | mmap"


class DictionarySpans:
    """Where a dictionary's entries stand in its text.

    ``entries`` gives start and end of each value by key (with its slash, escapes resolved),
    ``inner_end`` the place of the closing ``>>`` and ``end`` the place behind it.
    """

    __slots__ = ("end", "entries", "inner_end", "text")

    def __init__(
        self, text: Text, entries: dict[bytes, tuple[int, int]], inner_end: int, end: int
    ) -> None:
        self.text = text
        self.entries = entries
        self.inner_end = inner_end
        self.end = end

    def get(self, key: bytes) -> bytes | None:
        """The text of a value."""
        span = self.entries.get(key)
        return self.text[span[0] : span[1]] if span else None

    def texts(self) -> dict[bytes, bytes]:
        """The text of every value by key."""
        text = self.text
        return {key: text[start:end] for key, (start, end) in self.entries.items()}


def dictionary_at(text: Text, at: int = 0) -> DictionarySpans:
    """The dictionary that begins at a place, white space and comments before it allowed."""
    match = TOKEN.match
    token = match(text, at)
    if token is None or token.lastindex != OPEN_DICTIONARY:
        raise Unreadable("a dictionary was expected")
    entries: dict[bytes, tuple[int, int]] = {}
    at = token.end()
    while True:
        token = match(text, at)
        if token is None:
            raise Unreadable("a dictionary does not end")
        if token.lastindex == CLOSE_DICTIONARY:
            return DictionarySpans(text, entries, token.start(CLOSE_DICTIONARY), token.end())
        if token.lastindex != NAME:
            raise Unreadable("a dictionary's key is no name")
        key = unescaped(token.group(NAME))
        if key in entries:
            raise Unreadable("a dictionary has a key twice")
        span = value_span(text, token.end())
        entries[key] = span
        at = span[1]


def value_span(text: Text, at: int) -> tuple[int, int]:
    """Start and end of the value at a place, a reference counting as one."""
    token = TOKEN.match(text, at)
    if token is None:
        raise Unreadable("a value was expected")
    kind = token.lastindex
    start = token.start(kind or 0)
    if kind == WORD:
        reference = REFERENCE.match(text, start)
        return start, reference.end() if reference else token.end()
    if kind in OPENING:
        return start, _bracket_end(text, token.end())
    if kind in CLOSING:
        raise Unreadable("a value is missing")
    return start, string_end(text, start) if kind == NESTED_STRING else token.end()


def _bracket_end(text: Text, at: int) -> int:
    """The place behind the bracket that closes the one just read."""
    match, depth = TOKEN.match, 1
    while depth:
        token = match(text, at)
        if token is None:
            raise Unreadable("an array or dictionary does not end")
        kind = token.lastindex
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth -= 1
        at = string_end(text, token.start(kind)) if kind == NESTED_STRING else token.end()
    return at


STRING_PARTS = re.compile(rb"[^()\\]++|\\.|([(])|([)])", re.DOTALL)


def string_end(text: Text, at: int) -> int:
    """The place behind the literal string that begins at a place (7.3.4.2)."""
    depth = 0
    for part in STRING_PARTS.finditer(text, at):
        if part.lastindex == 1:
            depth += 1
        elif part.lastindex == 2:
            depth -= 1
            if depth == 0:
                return part.end()
    raise Unreadable("a string does not end")


def unescaped(name: bytes) -> bytes:
    """A name, slash included, with its ``#`` escapes resolved (7.3.5)."""
    if b"#" not in name:
        return name
    return NAME_ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), name)


def reference_number(text: bytes | None) -> int | None:
    """The object number of a text that is one reference and nothing else."""
    reference = REFERENCE.fullmatch(text.strip(b"\x00\t\n\x0c\r ")) if text else None
    return int(reference[1]) if reference else None


def array_items(text: bytes) -> Iterator[bytes]:
    """The texts of an array's items."""
    token = TOKEN.match(text)
    if token is None or token.lastindex != OPEN_ARRAY:
        raise Unreadable("an array was expected")
    at = token.end()
    while True:
        token = TOKEN.match(text, at)
        if token is not None and token.lastindex == CLOSE_ARRAY:
            return
        start, at = value_span(text, at)
        yield text[start:at]


def number_of(text: bytes | None) -> float | None:
    """A number as readers take it, also an oddity such as ``4.``, ``+.5`` or ``1e-7``; what Python
    alone takes for one (``inf``, ``1_0``) is none."""
    if text is None or b"n" in text or b"N" in text or b"_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < LARGEST_NUMBER else None


def whole_number(text: bytes | None, what: str) -> int:
    """A non-negative integer; some writers give it a fraction of zero."""
    value = number_of(text)
    if value is None or not 0 <= value < 1 << 53 or value != int(value):
        raise Unreadable(f"{what} is no whole number")
    return int(value)
