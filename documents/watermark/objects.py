"""PDF objects as plain data, so that how a mark looks does not depend on what writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


class Name(str):
    """A name object, written with its slash: ``Name("/Font")``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another object of the same family, by its key."""

    key: str


Value: TypeAlias = "Name | Ref | bool | int | float | str | list[Value] | dict[str, Value]"


@dataclass(frozen=True, slots=True)
class PdfObject:
    """A dictionary, or with ``data`` a stream. Keys have no slash; ``data`` is not compressed."""

    entries: Mapping[str, Value]
    data: bytes | None = None


def number(value: float) -> str:
    """A real number as a content stream takes it: six digits that count, no exponent (7.3.3)."""
    if value == 0:
        return "0"
    digits = f"{value:.6g}"
    if "e" in digits:
        digits = f"{value:.12f}" if abs(value) < 1 else f"{value:.0f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
