"""Strings of objects that go into an encrypted file (ISO 32000-2, 7.6.2)."""

from __future__ import annotations

from collections.abc import Mapping

from ..syntax.lexer import HEX_STRING, NESTED_STRING, STRING, TOKEN, string_end
from ..syntax.strings import string_bytes
from ..syntax.values import Name, Ref, Verbatim, text_string, written

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..reading.encryption import SecurityHandler
    from ..syntax.values import Entries, Value


def encrypted(entries: Entries, security: SecurityHandler, number: int) -> Entries:
    """The entries of object ``number`` with every string encrypted for it."""
    return {key: _encrypted(value, security, number) for key, value in entries.items()}


def _encrypted(value: Value, security: SecurityHandler, number: int) -> Value:
    if isinstance(value, Name | Ref | Verbatim | bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        value = text_string(value)
    if isinstance(value, bytes):
        return security.encrypt_string(number, 0, value)
    if isinstance(value, Mapping):
        return encrypted(value, security, number)
    return [_encrypted(item, security, number) for item in value]


def moved_text(
    text: bytes,
    security: SecurityHandler,
    old: tuple[int, int] | None,
    new: tuple[int, int] | None,
) -> bytes:
    """Text that leaves an object for another: strings are encrypted by number and generation.

    None stands for an object in an object stream, whose strings are in the clear.
    """
    if old == new or (b"(" not in text and b"<" not in text):
        return text
    pieces, at, kept = [], 0, 0
    while token := TOKEN.match(text, at):
        kind = token.lastindex or 0
        at = token.end()
        if kind not in (STRING, HEX_STRING, NESTED_STRING):
            continue
        start = token.start(kind)
        at = string_end(text, start) if kind == NESTED_STRING else at
        plain = string_bytes(text[start:at])
        plain = security.decrypt_string(*old, plain) if old else plain
        plain = security.encrypt_string(*new, plain) if new else plain
        pieces += [text[kept:start], written(plain)]
        kept = at
    return b"".join([*pieces, text[kept:]])
