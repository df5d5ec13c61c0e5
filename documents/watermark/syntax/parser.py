"""Small values, built: for dictionaries that are read as a whole, such as Encrypt.

Names become ``str`` without their slash, strings ``bytes``, numbers ``int`` or ``float``, a
reference whatever it leads to.
"""

from __future__ import annotations

from .lexer import array_items, dictionary_at, number_of, reference_number, unescaped
from .strings import string_bytes
from .unreadable import Unreadable

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 8
MOST_REFERENCES = 200  # followed for one value: a few that name each other many times make billions
WORDS = {b"true": True, b"false": False, b"null": None}


def parsed(text: bytes, resolve: Callable[[bytes], bytes]) -> object:
    """The value of a text; ``resolve`` follows references."""
    followed = 0

    def bounded(reference: bytes) -> bytes:
        nonlocal followed
        followed += 1
        if followed > MOST_REFERENCES:
            raise Unreadable("a value refers to too many others")
        return resolve(reference)

    return _parsed(text, bounded, 0)


def _parsed(text: bytes, resolve: Callable[[bytes], bytes], depth: int) -> object:
    if depth > DEEPEST:
        raise Unreadable("a value is nested too deeply")
    if reference_number(text) is not None:
        return _parsed(resolve(text), resolve, depth + 1)
    if text[:2] == b"<<":
        entries = dictionary_at(text).texts()
        return {
            key[1:].decode("latin-1"): _parsed(value, resolve, depth + 1)
            for key, value in entries.items()
        }
    if text[:1] == b"[":
        return [_parsed(item, resolve, depth + 1) for item in array_items(text)]
    if text[:1] == b"/":
        return unescaped(text)[1:].decode("latin-1")
    if text[:1] in (b"(", b"<"):
        return string_bytes(text)
    if text in WORDS:
        return WORDS[text]
    number = number_of(text)
    if number is None:
        raise Unreadable("a value is of no kind that is known")
    return int(number) if number == int(number) else number
