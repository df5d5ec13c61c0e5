"""The shapes of refusals, declared for the OpenAPI document (problems.py makes them)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Problem(serializers.Serializer[None]):
    """A refusal; `type` is the code to act on, `detail` is for people."""

    type = serializers.CharField(help_text="A stable code of the catalogue.")
    title = serializers.CharField(help_text="What the code means, in a few words.")
    status = serializers.IntegerField(help_text="The HTTP status, once more.")
    detail = serializers.CharField(help_text="What happened this time.")
    request_id = serializers.CharField(help_text="Quote it when you ask for help.")
    unit = serializers.CharField(
        required=False, help_text="Of a 402: what is used up (`pages`, `spend` …)."
    )
    limit = serializers.IntegerField(
        required=False, help_text="How much there is; of money in minor units."
    )
    used = serializers.IntegerField(required=False, help_text="How much of it is used.")
    reserved = serializers.IntegerField(
        required=False, help_text="And how much is held by work under way."
    )


@extend_schema_field({"type": "array", "items": {"type": ["string", "integer"]}})
class Location(serializers.ListField):
    """Names of fields and indexes of lists, from the outside to the inside."""


class FieldProblem(serializers.Serializer[None]):
    """One bad field."""

    loc = Location(help_text="`body`, `query` or `path`, then the field's path.")
    msg = serializers.CharField(help_text="What is wrong, for people.")
    type = serializers.CharField(help_text="What is wrong, for programs; pydantic's types.")
    ctx = serializers.DictField(
        child=serializers.JSONField(), required=False, help_text="The bound that was broken."
    )


class ValidationProblem(Problem):
    """A refusal of what was asked for: every bad field at once."""

    detail = FieldProblem(many=True)  # type: ignore[assignment] # a sentence in all others


class ProblemDetails(serializers.Serializer[None]):
    """The same in the form of RFC 9457, for who accepts `application/problem+json`."""

    type = serializers.URLField(help_text="Where the code is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(  # type: ignore[assignment] # moved off the class, too
        help_text="The path that was asked for."
    )
    code = serializers.CharField(help_text="A stable code of the catalogue.")
    errors = FieldProblem(  # type: ignore[assignment] # a declared field, moved off the class
        many=True, required=False, help_text="Every bad field of a 422."
    )
    request_id = serializers.CharField()
