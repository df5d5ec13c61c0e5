"""What an operation takes: declared as serializers, read all at once, nothing unknown let in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from config.api.translation import Problem, problems_of_serializer
from config.errors import Invalid

AnyField = serializers.Field[Any, Any, Any, Any]


class Shape(serializers.Serializer[Any]):
    """An input: each field's type and bounds, never more than that.

    Text is trimmed (``CharField`` does that); a name that no field has is refused, since it is
    almost always a misspelling whose default would surprise.
    """

    @classmethod
    def examine(cls, given: object, place: str = "body") -> tuple[dict[str, Any], list[Problem]]:
        """Return the values, or nothing and every problem; ``place`` is body, query or path."""
        if not isinstance(given, Mapping):
            return {}, [not_an_object(place)]
        shape = cls(data=_plain(given))
        problems: list[Problem] = []
        if not shape.is_valid():
            problems = problems_of_serializer(shape, place)
        problems += _let_through(given, shape, place) + repeated_fields(given, place)
        return {} if problems else dict(shape.validated_data), problems

    @classmethod
    def read(cls, given: object, place: str = "body") -> dict[str, Any]:
        """Return the values; raises ``Invalid`` with every problem."""
        values, problems = cls.examine(given, place)
        if problems:
            raise Invalid(problems=problems)
        return values


class NoQuery(Shape):
    """An operation that reads nothing from its query."""


def _let_through(value: object, field: AnyField, *place: str | int) -> list[Problem]:
    """Return what DRF takes, at any depth: unknown names, numbers for text, numbers for ids."""
    if isinstance(field, Shape):
        given = value if isinstance(value, Mapping) else {}
        problems = [extra_field(*place, name) for name in given if name not in field.fields]
        for name, inner in field.fields.items():
            problems += _let_through(given.get(name), inner, *place, name)
        return problems
    if isinstance(field, serializers.ListField | serializers.ListSerializer) and field.child:
        items = enumerate(value if isinstance(value, list) else ())
        found = (_let_through(each, field.child, *place, index) for index, each in items)
        return [problem for problems in found for problem in problems]
    if isinstance(field, serializers.CharField) and _is_number(value):
        message = "Input should be a valid string"  # DRF would write it down as text
        return [{"loc": [*place], "msg": message, "type": "string_type"}]
    if isinstance(field, serializers.UUIDField) and _counts_as_id(value):
        return [{"loc": [*place], "msg": "Input should be a valid UUID", "type": "uuid_parsing"}]
    return []


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)  # DRF refuses those


def _counts_as_id(value: object) -> bool:
    # DRF takes 7, and true, for 00000000-0000-0000-0000-00000000000x; other numbers it refuses.
    return isinstance(value, int) and 0 <= value < 1 << 128


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    # As a QueryDict DRF would take ?state= for "not given"; it is an unknown state.
    return given.dict() if isinstance(given, QueryDict) else dict(given)


def not_an_object(*location: str) -> Problem:
    """Return the problem of something that is not a JSON object."""
    return {"loc": [*location], "msg": "Input should be a valid object", "type": "dict_type"}


def extra_field(*location: str | int) -> Problem:
    """Return the problem of a name that nobody reads."""
    message = "Extra inputs are not permitted"
    return {"loc": [*location], "msg": message, "type": "extra_forbidden"}


def repeated_fields(given: Mapping[str, Any], *location: str) -> list[Problem]:
    """Return the problem of each name that a query or a form has more than once."""
    lists = given.lists() if isinstance(given, QueryDict) else ()
    message = "Field given more than once"
    return [
        {"loc": [*location, name], "msg": message, "type": "repeated_field"}
        for name, values in lists
        if len(values) > 1
    ]


def missing_field(*location: str) -> Problem:
    """Return the problem of a field that must be there."""
    return {"loc": [*location], "msg": "Field required", "type": "missing"}
