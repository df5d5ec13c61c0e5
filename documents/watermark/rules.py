"""The kinds of values a spec may hold, with their bounds as data.

A form, a serializer or an OpenAPI schema reads the attributes; ``clean`` is the one place that
applies them. Types and wording of the problems follow pydantic, which API clients know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

Kind = Literal["text", "number", "integer", "choice", "color"]


class Unfit(Exception):
    """A value that breaks its rule; the caller knows which field it stands in."""

    def __init__(self, type_: str, msg: str, **ctx: object) -> None:
        super().__init__(msg)
        self.type, self.msg, self.ctx = type_, msg, ctx


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a field accepts.

    ``default`` counts when the field is absent and not ``required``; a ``nullable`` field also
    takes None, whose meaning the help text tells. ``unit`` is for people ("pt", "degrees").
    """

    kind: ClassVar[Kind]
    label: str
    help_text: str
    required: bool = False
    default: Any = None
    nullable: bool = False
    unit: str = ""

    def clean(self, value: object, *, strings: bool = False) -> Any:
        """The value as the spec keeps it; raises Unfit. ``strings`` admits numbers as text."""
        if value is None and self.nullable:
            return None
        if strings and isinstance(value, str) and not value.strip() and not self.required:
            return self.default  # a form's field left empty
        return self.convert(value, strings)

    def convert(self, value: object, strings: bool) -> Any:
        """The value in its own type, within its bounds."""
        raise NotImplementedError

    def plain(self, value: Any) -> Any:
        """The value as JSON can hold it."""
        return value


@dataclass(frozen=True, kw_only=True)
class TextRule(Rule):
    """Text of ``min_length`` to ``max_length`` characters, counted after trimming."""

    kind = "text"
    min_length: int
    max_length: int

    def convert(self, value: object, strings: bool) -> str:
        if not isinstance(value, str):
            raise Unfit("string_type", "Input should be a valid string")
        text = re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", value).replace("\t", " ").strip()
        if len(text) < self.min_length or not any(map(_is_visible, text)):
            message = f"String should have at least {_characters(self.min_length)}"
            raise Unfit("string_too_short", message, min_length=self.min_length)
        if len(text) > self.max_length:
            message = f"String should have at most {_characters(self.max_length)}"
            raise Unfit("string_too_long", message, max_length=self.max_length)
        if re.search(r"[\ud800-\udfff]", text):
            raise Unfit("string_unicode", "Input should be a valid string without lone surrogates")
        if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text):
            raise Unfit("string_control_character", "String should not have control characters")
        return text


def _is_visible(character: str) -> bool:
    return character.isprintable() and not character.isspace()


def _characters(count: int) -> str:
    return f"{count} character{'s' if count != 1 else ''}"


@dataclass(frozen=True, kw_only=True)
class NumberRule(Rule):
    """A finite number within ``minimum`` and ``maximum``, both included."""

    kind = "number"
    minimum: float
    maximum: float
    step: float = 0.01

    def convert(self, value: object, strings: bool) -> float:
        if strings and isinstance(value, str):
            value = _parsed_float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit("float_type", "Input should be a valid number")
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit("finite_number", "Input should be a finite number")
        _check_bounds(value, self.minimum, self.maximum)
        return float(value) + 0.0  # -0.0 becomes 0.0: equal specs write equal bytes


@dataclass(frozen=True, kw_only=True)
class IntegerRule(Rule):
    """A whole number within ``minimum`` and ``maximum``, both included.

    12.0 is taken as 12: JSON has one kind of number, and some clients write all of them with a
    point. 12.5 and booleans are refused.
    """

    kind = "integer"
    minimum: int
    maximum: int
    step: int = 1

    def convert(self, value: object, strings: bool) -> int:
        if strings and isinstance(value, str):
            value = _parsed_integer(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit("int_type", "Input should be a valid integer")
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Unfit("finite_number", "Input should be a finite number")
            if not value.is_integer():
                message = "Input should be a valid integer, got a number with a fractional part"
                raise Unfit("int_from_float", message)
        _check_bounds(value, self.minimum, self.maximum)
        return int(value)


def _parsed_float(text: str) -> float:
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    message = "Input should be a valid number, unable to parse string as a number"
    raise Unfit("float_parsing", message)


def _parsed_integer(text: str) -> float:
    try:
        if "_" not in text:
            return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    except ValueError:
        pass
    message = "Input should be a valid integer, unable to parse string as an integer"
    raise Unfit("int_parsing", message)


def _check_bounds(value: float, minimum: float, maximum: float) -> None:
    if value < minimum:
        message = f"Input should be greater than or equal to {minimum:g}"
        raise Unfit("greater_than_equal", message, ge=minimum)
    if value > maximum:
        message = f"Input should be less than or equal to {maximum:g}"
        raise Unfit("less_than_equal", message, le=maximum)


@dataclass(frozen=True, kw_only=True)
class ChoiceRule(Rule):
    """A member of an enumeration, read without regard to case; ``-`` stands for ``_`` too."""

    kind = "choice"
    enum: type[StrEnum]
    labels: Mapping[str, str]

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Pairs of value and label, in the order of the enumeration."""
        return tuple((member.value, self.labels[member.value]) for member in self.enum)

    def convert(self, value: object, strings: bool) -> StrEnum:
        if isinstance(value, str):
            wanted = value.strip().lower().replace("-", "_")
            for member in self.enum:
                if member.value == wanted:
                    return member
        *most, last = (f"'{member.value}'" for member in self.enum)
        expected = f"{', '.join(most)} or {last}"
        raise Unfit("enum", f"Input should be {expected}", expected=expected)

    def plain(self, value: StrEnum) -> str:
        return value.value


@dataclass(frozen=True, kw_only=True)
class ColorRule(Rule):
    """An sRGB colour, ``#rrggbb`` or ``#rgb``; kept as ``#rrggbb`` in lower case."""

    kind = "color"
    pattern: ClassVar[str] = "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"

    def convert(self, value: object, strings: bool) -> str:
        if not isinstance(value, str):
            raise Unfit("string_type", "Input should be a valid string")
        color = value.strip().lower()
        if not re.fullmatch(self.pattern.removesuffix("$"), color):
            message = "String should be a colour such as #808080"
            raise Unfit("string_pattern_mismatch", message, pattern=self.pattern)
        return color if len(color) == 7 else "#" + "".join(digit * 2 for digit in color[1:])
