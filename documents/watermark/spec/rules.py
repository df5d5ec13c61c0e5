"""The kinds of values a spec may hold, with their bounds as data.

A form, a serializer or an OpenAPI schema reads the attributes; ``clean`` is the one place that
applies them. Types and wording of the problems follow pydantic, which API clients know.
"""

from __future__ import annotations

import math
import re
from enum import StrEnum

from ..errors import Problem
from .variables import VARIABLES, named_in

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Unfit(Exception):
    """A value that breaks its rule; ``problems`` are told from where the value stands."""

    def __init__(self, type_: str, msg: str, **ctx: object) -> None:
        super().__init__(msg)
        self.problems: Sequence[Problem] = (Problem((), msg, type_, ctx),)


class UnfitParts(Unfit):
    """A value of several parts, some of which break their rules."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        Exception.__init__(self, "; ".join(problem.msg for problem in problems))
        self.problems = tuple(problems)


class Rule:
    """What a field accepts.

    ``default`` counts when the field is absent and not ``required``; a ``nullable`` field also
    takes None, whose meaning the help text tells. ``unit`` is for people ("pt", "degrees").
    ``only_for``: the types of mark that have this field, all where it is empty. ``is_offered``:
    whether people and programs outside may set it. ``is_quiet``: not written down at its default.
    """

    kind = ""

    def __init__(
        self,
        *,
        label: str,
        help_text: str,
        required: bool = False,
        default: Any = None,
        nullable: bool = False,
        unit: str = "",
        only_for: tuple[str, ...] = (),
        is_offered: bool = True,
        is_quiet: bool = False,
    ) -> None:
        self.label = label
        self.help_text = help_text
        self.required = required
        self.default = default
        self.nullable = nullable
        self.unit = unit
        self.only_for = only_for
        self.is_offered = is_offered
        self.is_quiet = is_quiet

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

    def offered(self) -> Rule:
        """This rule without those of its parts that are not offered."""
        return self


class TextRule(Rule):
    """Text of ``min_length`` to ``max_length`` characters, counted after trimming.

    ``has_variables``: names between double braces stand for values and must be known.
    """

    kind = "text"

    def __init__(
        self, *, min_length: int, max_length: int, has_variables: bool = False, **about: Any
    ) -> None:
        super().__init__(**about)
        self.min_length = min_length
        self.max_length = max_length
        self.has_variables = has_variables

    def convert(self, value: object, strings: bool) -> str:
        if not isinstance(value, str):
            raise Unfit("string_type", "Input should be a valid string")
        text = value.strip() if value.isprintable() else _with_plain_breaks(value)
        if len(text) < self.min_length or not any(map(_is_visible, text)):
            message = f"String should have at least {_characters(self.min_length)}"
            raise Unfit("string_too_short", message, min_length=self.min_length)
        if len(text) > self.max_length:
            message = f"String should have at most {_characters(self.max_length)}"
            raise Unfit("string_too_long", message, max_length=self.max_length)
        if not text.isprintable():
            _refuse_controls(text)
        if self.has_variables:
            _check_variables(text)
        return text


def _with_plain_breaks(text: str) -> str:
    return re.sub(r"\r\n?|[\x85\u2028\u2029]", "\n", text).replace("\t", " ").strip()


def _refuse_controls(text: str) -> None:
    if re.search(r"[\ud800-\udfff]", text):
        raise Unfit("string_unicode", "Input should be a valid string without lone surrogates")
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text):
        raise Unfit("string_control_character", "String should not have control characters")


def _is_visible(character: str) -> bool:
    return character.isprintable() and not character.isspace()


def _characters(count: int) -> str:
    return f"{count} character{'s' if count != 1 else ''}"


def _check_variables(text: str) -> None:
    unknown = [name for name in named_in(text) if name not in VARIABLES]
    if unknown:
        named = ", ".join(f"{{{{ {name} }}}}" for name in unknown)
        message = f"Unknown in the text: {named}. Known are {', '.join(VARIABLES)}"
        raise Unfit("unknown_variable", message, variables=unknown, known=list(VARIABLES))


class NumberRule(Rule):
    """A finite number within ``minimum`` and ``maximum``, both included."""

    kind = "number"

    def __init__(self, *, minimum: float, maximum: float, step: float = 0.01, **about: Any) -> None:
        super().__init__(**about)
        self.minimum = minimum
        self.maximum = maximum
        self.step = step

    def convert(self, value: object, strings: bool) -> float:
        if strings and isinstance(value, str):
            value = _parsed_float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unfit("float_type", "Input should be a valid number")
        if isinstance(value, float) and not math.isfinite(value):
            raise Unfit("finite_number", "Input should be a finite number")
        check_bounds(value, self.minimum, self.maximum)
        return float(value) + 0.0  # -0.0 becomes 0.0: equal specs write equal bytes


class IntegerRule(Rule):
    """A whole number within ``minimum`` and ``maximum``, both included.

    12.0 is taken as 12: JSON has one kind of number, and some clients write all of them with a
    point. 12.5 and booleans are refused.
    """

    kind = "integer"
    step = 1

    def __init__(self, *, minimum: int, maximum: int, **about: Any) -> None:
        super().__init__(**about)
        self.minimum = minimum
        self.maximum = maximum

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
        check_bounds(value, self.minimum, self.maximum)
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


def check_bounds(value: float, minimum: float, maximum: float) -> None:
    """Raise Unfit for what lies outside; both ends are inside."""
    if value < minimum:
        message = f"Input should be greater than or equal to {minimum:g}"
        raise Unfit("greater_than_equal", message, ge=minimum)
    if value > maximum:
        message = f"Input should be less than or equal to {maximum:g}"
        raise Unfit("less_than_equal", message, le=maximum)


class BooleanRule(Rule):
    """Yes or no."""

    kind = "boolean"

    def convert(self, value: object, strings: bool) -> bool:
        if isinstance(value, bool):
            return value
        word = value.strip().lower() if strings and isinstance(value, str) else ""
        if word in YES or word in NO:
            return word in YES
        raise Unfit("bool_type", "Input should be a valid boolean")


class ChoiceRule(Rule):
    """A member of an enumeration, read without regard to case; ``-`` stands for ``_`` too.

    ``labels``: what people read, where the words of the members are not enough.
    """

    kind = "choice"

    def __init__(
        self, *, enum: type[StrEnum], labels: Mapping[str, str] | None = None, **about: Any
    ) -> None:
        super().__init__(**about)
        self.enum = enum
        words = {each.value: each.value.replace("_", " ").capitalize() for each in enum}
        self.labels: Mapping[str, str] = {**words, **(labels or {})}

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


class ColorRule(Rule):
    """An sRGB colour, ``#rrggbb`` or ``#rgb``; kept as ``#rrggbb`` in lower case."""

    kind = "color"
    pattern = "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"

    def convert(self, value: object, strings: bool) -> str:
        if not isinstance(value, str):
            raise Unfit("string_type", "Input should be a valid string")
        color = value.strip().lower()
        if not re.fullmatch(self.pattern.removesuffix("$"), color):
            message = "String should be a colour such as #808080"
            raise Unfit("string_pattern_mismatch", message, pattern=self.pattern)
        return color if len(color) == 7 else "#" + "".join(digit * 2 for digit in color[1:])
