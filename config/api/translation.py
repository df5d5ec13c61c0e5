"""DRF's validation errors in the words that pydantic made common (``type``, ``msg``, ``ctx``).

https://docs.pydantic.dev/latest/errors/validation_errors/ names the types. The engine's own
rules (documents/watermark/rules.py) speak them already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework import serializers

Location = tuple[str | int, ...]
Problem = dict[str, Any]

_TYPES = {
    "required": "missing",
    "max_length": "string_too_long",
    "min_length": "string_too_short",
    "blank": "string_too_short",
    "max_value": "less_than_equal",
    "min_value": "greater_than_equal",
    "invalid_choice": "enum",
    "not_a_list": "list_type",
    "not_a_dict": "dict_type",
    "empty": "too_short",
    "null": "none_forbidden",
    "null_characters_not_allowed": "string_control_character",
    "surrogate_characters_not_allowed": "string_unicode",
    "max_string_length": "string_too_long",
    "does_not_exist": "value_error",
}
_OF_LISTS = {"string_too_long": "too_long", "string_too_short": "too_short"}
_OF_ITEMS = {
    "max_length": "List should have at most {} items",
    "min_length": "List should have at least {} item(s)",
}
_BOUNDS = {
    "max_length": "max_length",
    "min_length": "min_length",
    "max_value": "le",
    "min_value": "ge",
}
_SENTENCES = {
    "required": "Field required",
    "null": "Input should not be null",
    "blank": "String should have at least {} character",
    "max_length": "String should have at most {} characters",
    "min_length": "String should have at least {} characters",
    "max_value": "Input should be less than or equal to {}",
    "min_value": "Input should be greater than or equal to {}",
    "invalid_choice": "Input should be {}",
}
_PARSING: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], str, str], ...] = (
    (serializers.BooleanField, "bool_parsing", "a valid boolean"),
    (serializers.IntegerField, "int_parsing", "a valid integer"),
    (serializers.FloatField, "float_parsing", "a valid number"),
    (serializers.UUIDField, "uuid_parsing", "a valid UUID"),
    (serializers.DateTimeField, "datetime_parsing", "a valid date and time (RFC 3339)"),
    (serializers.EmailField, "value_error", "a valid e-mail address"),
    (serializers.CharField, "string_type", "a valid string"),
)


def problems_of_serializer(serializer: serializers.Serializer[Any], place: str) -> list[Problem]:
    """Return every bad field of a serializer whose ``is_valid`` said no; ``place`` is where."""
    return list(_walk(serializer.errors, (place,), serializer))


def problems_of_detail(detail: Any, location: Location) -> list[Problem]:
    """Return the problems of an error whose serializer is not at hand: no bounds known."""
    return list(_walk(detail, location, None))


def _walk(detail: Any, location: Location, field: Any) -> Iterator[Problem]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from _walk(inner, location, field)
            else:
                yield from _walk(inner, (*location, name), _field_at(name, field))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            if isinstance(inner, Mapping):
                yield from _walk(inner, (*location, index), _field_at(index, field))
            else:
                yield _problem(inner, location, field)
    else:
        yield _problem(detail, location, field)


def _field_at(name: str | int, field: Any) -> Any:
    """Return the field called ``name`` of a shape, or what every item of a list is."""
    return field.fields.get(name) if hasattr(field, "fields") else getattr(field, "child", None)


def _problem(detail: Any, location: Location, field: Any) -> Problem:
    code = str(getattr(detail, "code", "invalid"))
    kind, message, ctx = _TYPES.get(code, "value_error"), str(detail), _bound(code, field)
    if code == "invalid":
        kind, message = _parsing(field, message)
    elif code == "invalid_choice" and isinstance(field, serializers.ChoiceField):
        *most, last = (f"'{choice}'" for choice in field.choices)
        ctx = {"expected": f"{', '.join(most)} or {last}" if most else last}
    if isinstance(field, serializers.ListField) and kind in _OF_LISTS:
        message = _OF_ITEMS[code].format(*ctx.values())
        return {"loc": list(location), "msg": message, "type": _OF_LISTS[kind], "ctx": ctx}
    if code in _SENTENCES and (ctx or "{" not in _SENTENCES[code]):
        message = _SENTENCES[code].format(*ctx.values())
    problem: Problem = {"loc": list(location), "msg": message, "type": kind}
    return problem | ({"ctx": ctx} if ctx else {})


def _parsing(field: Any, message: str) -> tuple[str, str]:
    for kind, type_, words in _PARSING:
        if isinstance(field, kind):
            return type_, f"Input should be {words}"
    return "value_error", message


def _bound(code: str, field: Any) -> dict[str, Any]:
    if code == "blank":
        return {"min_length": 1}
    value = getattr(field, code, None) if code in _BOUNDS else None
    return {} if value is None else {_BOUNDS[code]: value}
