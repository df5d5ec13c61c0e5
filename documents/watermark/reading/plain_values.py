"""Objects as plain Python values, where the few of a document that are small are looked into.

Names become ``Name``, strings ``bytes``, dictionaries have keys without their slash. References
are followed as deep as the caller asks and are ``Ref`` below.
"""

from __future__ import annotations

import re

from ..syntax import lexer
from ..syntax.lexer import TOKEN
from ..syntax.unreadable import Unreadable
from ..syntax.values import Name, Ref

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from typing import Protocol

    class Resolving(Protocol):
        """What follows references: a PdfFile."""

        def resolve(self, text: bytes) -> bytes:
            """The text of the value that a text is or refers to."""


WHITE_SPACE = b"\x00\t\n\x0c\r "
MOST_VALUES = 10_000
DEEPEST = 32
WORDS: dict[bytes, object] = {b"true": True, b"false": False, b"null": None}
ESCAPE = re.compile(rb"\\([nrtbf]|[0-7]{1,3}|\r\n?|\n|.)|\r\n?", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def plain_value(file: Resolving, text: bytes, follow: int = 0) -> object:
    """The value that a text is. ``follow``: how many references on a way down are resolved.

    Raises Unreadable where the text is no value, or one of more than 10,000 parts.
    """
    return _Values(file).value(text, follow, 0)


class _Values:
    """One call's work: counts what it makes."""

    __slots__ = ("_file", "_left")

    def __init__(self, file: Resolving) -> None:
        self._file = file
        self._left = MOST_VALUES

    def value(self, text: bytes, follow: int, depth: int) -> object:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise Unreadable("a value has too many parts")
        token = TOKEN.match(text)
        kind = token.lastindex if token else None
        if token is None or kind is None or kind in lexer.CLOSING:
            raise Unreadable("a value was expected")
        if kind == lexer.OPEN_DICTIONARY:
            parts = lexer.dictionary_at(text).texts()
            return {_key(key): self.value(part, follow, depth + 1) for key, part in parts.items()}
        if kind == lexer.OPEN_ARRAY:
            return [self.value(part, follow, depth + 1) for part in lexer.array_items(text)]
        if kind == lexer.NAME:
            return Name(_key(lexer.unescaped(token[kind])))
        if kind in (lexer.STRING, lexer.HEX_STRING, lexer.NESTED_STRING):
            start = token.start(kind)
            return string_bytes(text[start : lexer.value_span(text, start)[1]])
        return self._word(text, token[kind], follow, depth)

    def _word(self, text: bytes, word: bytes, follow: int, depth: int) -> object:
        if word in WORDS:
            return WORDS[word]
        reference = lexer.REFERENCE.match(text.strip(WHITE_SPACE))
        if reference is None:
            number = lexer.number_of(word)
            return number if number is None or number % 1 else int(number)
        if not follow:
            return Ref(int(reference[1]), int(reference[2]))
        return self.value(self._file.resolve(reference[0]), follow - 1, depth + 1)


def string_bytes(text: bytes) -> bytes:
    """The bytes of a string as it is written, brackets included (7.3.4)."""
    if text[:1] == b"<":
        digits = bytes(sign for sign in text[1:-1] if sign not in WHITE_SPACE)
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    return ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(escape: re.Match[bytes]) -> bytes:
    what = escape[1]
    if what is None:
        return b"\n"
    if what[:1] in b"01234567":
        return bytes([int(what, 8) & 255])
    return LETTERS.get(what, b"" if what[:1] in b"\r\n" else what)


def _key(name: bytes) -> str:
    return name[1:].decode("utf-8", "replace")
