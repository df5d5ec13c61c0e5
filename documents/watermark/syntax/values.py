"""Objects that we write: plain Python values and their text (ISO 32000-2, 7.3)."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Value: TypeAlias = (
        "Name | Ref | Verbatim | bool | int | float | str | bytes | None"
        " | Sequence[Value] | Mapping[str, Value]"
    )
    Entries: TypeAlias = "Mapping[str, Value]"

REGULAR = frozenset(
    b"!\"$&'*+,-.0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ\\^_`abcdefghijklmnopqrstuvwxyz|~"
)


class Name(str):
    """A name object, without its slash: ``Name("Font")``."""

    __slots__ = ()


class Ref:
    """A reference to an indirect object (7.3.10)."""

    __slots__ = ("generation", "number")

    def __init__(self, number: int, generation: int = 0) -> None:
        self.number = number
        self.generation = generation

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and (self.number, self.generation) == (
            other.number,
            other.generation,
        )

    def __hash__(self) -> int:
        return hash((self.number, self.generation))

    def __repr__(self) -> str:
        return f"Ref({self.number}, {self.generation})"


class Verbatim(bytes):
    """The text of an object, written as it stands."""

    __slots__ = ()


def number(value: float) -> bytes:
    """A number as content streams and objects take it: six digits that count, no exponent."""
    if value == 0:
        return b"0"
    digits = f"{value:.6g}"
    if "e" in digits:
        digits = f"{value:.12f}" if abs(value) < 1 else f"{value:.0f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits).encode()


def name(text: str) -> bytes:
    """A name with its slash; what is no regular character is written as ``#`` and two digits."""
    if text.isalnum() and text.isascii():
        return b"/" + text.encode()
    return b"/" + b"".join(
        b"%c" % byte if byte in REGULAR else b"#%02X" % byte
        for byte in text.encode(errors="surrogateescape")
    )


def text_string(text: str) -> bytes:
    """The bytes of a text string (7.9.2.2): ASCII as it is, else UTF-16 with its mark."""
    return text.encode() if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")


def dictionary(entries: Entries) -> bytes:
    """The text of a dictionary."""
    return (
        b"<<" + b"".join(name(key) + b" " + written(item) for key, item in entries.items()) + b">>"
    )


def written(value: Value) -> bytes:
    """The text of a value. ``str`` is a text string, ``bytes`` a byte string."""
    if isinstance(value, Verbatim):
        return bytes(value)
    if isinstance(value, Name):
        return name(value)
    if isinstance(value, Ref):
        return b"%d %d R" % (value.number, value.generation)
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int | float):
        return number(value) if isinstance(value, float) else b"%d" % value
    if isinstance(value, str):
        value = text_string(value)
    if isinstance(value, bytes):
        return b"<" + value.hex().encode() + b">"
    if isinstance(value, Mapping):
        return dictionary(value)
    return b"[" + b" ".join(map(written, value)) + b"]"
