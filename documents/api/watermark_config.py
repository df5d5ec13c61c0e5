"""``WatermarkConfig``: the engine's one schema of a mark, as the API reads and describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from accounts.models import Tenant
from config.api.shapes import extra_field
from config.api.translation import Problem
from documents.services.jobs import InvalidSpec, resolve_spec
from documents.watermark.rules import (
    ChoiceRule,
    ColorRule,
    IntegerRule,
    NumberRule,
    Rule,
    TextRule,
    Unfit,
)
from documents.watermark.spec import WatermarkSpec

# Something to see, and no control characters: the part of the rule that every dialect of regular
# expressions can say. Bounds count after trimming.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
VISIBLE = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"


class WatermarkConfig(serializers.Serializer[Any]):
    """What the mark says, and where and how. Stands for the schema; ``read_spec`` reads it."""


def read_spec(
    given: Mapping[str, Any], *location: str, tenant: Tenant, strings: bool
) -> tuple[WatermarkSpec | None, list[Problem]]:
    """Return the spec, or every problem, told as being under ``location``.

    What is not given comes from the tenant's default, then from the schema's.
    """
    try:
        return resolve_spec(tenant=tenant, overrides=given, strings=strings), []
    except InvalidSpec as error:
        return None, [
            {**problem, "loc": [*location, *problem["loc"]]} for problem in error.problems
        ]


def read_fields(given: Mapping[str, str], *location: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of form fields as JSON would hold them; a field left empty is absent."""
    rules = WatermarkSpec.rules()
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in given.items():
        try:
            if name not in rules:
                problems.append(extra_field(*location, name))
            elif text.strip() or rules[name].required:
                values[name] = rules[name].plain(rules[name].clean(text, strings=True))
        except Unfit as unfit:
            problem: Problem = {"loc": [*location, name], "msg": unfit.msg, "type": unfit.type}
            problems.append(problem | ({"ctx": unfit.ctx} if unfit.ctx else {}))
    return values, problems


class WatermarkConfigSchema(OpenApiSerializerExtension):
    """Writes the component from the rules, so that no bound is written down twice."""

    target_class = WatermarkConfig

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the schema object (JSON Schema 2020-12)."""
        rules = WatermarkSpec.rules()
        return {
            "type": "object",
            "description": "What the mark says, and where and how it stands on each page.",
            "properties": described_fields(auto_schema),
            "required": [name for name, rule in rules.items() if rule.required],
            "additionalProperties": False,
        }


def described_fields(auto_schema: AutoSchema) -> dict[str, dict[str, Any]]:
    """Return the schema of every field by name."""
    return {name: _described(auto_schema, rule) for name, rule in WatermarkSpec.rules().items()}


def described_form_fields(auto_schema: AutoSchema) -> dict[str, dict[str, Any]]:
    """Return the same for forms: no null, which they cannot say, but text left empty.

    And no default, which would overrule a part beside it, since try-out forms send every default.
    """
    fields = {}
    for name, rule in WatermarkSpec.rules().items():
        schema = _described(auto_schema, replace(rule, nullable=False))
        schema.pop("default", None)
        if isinstance(rule, ColorRule) and not rule.required:
            schema["pattern"] = f"^$|{schema['pattern']}"
        fields[name] = schema
    return fields


class WatermarkForm(serializers.Serializer[Any]):
    """Stands for the configuration as form fields."""


class WatermarkFormSchema(OpenApiSerializerExtension):
    """Writes that component."""

    target_class = WatermarkForm

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the schema object."""
        required = [name for name, rule in WatermarkSpec.rules().items() if rule.required]
        return {
            "type": "object",
            "description": "The configuration as form fields; one left empty counts as not sent.",
            "properties": described_form_fields(auto_schema),
            "required": required,
            "additionalProperties": False,
        }


def _described(auto_schema: AutoSchema, rule: Rule) -> dict[str, Any]:
    schema = _typed(auto_schema, rule)
    if rule.nullable:
        schema["type"] = [schema["type"], "null"]
    if not rule.required:
        schema["default"] = None if rule.default is None else rule.plain(rule.default)
    unit = f" In {rule.unit}." if rule.unit else ""
    return schema | {"title": rule.label, "description": f"{rule.help_text}{unit}"}


def _typed(auto_schema: AutoSchema, rule: Rule) -> dict[str, Any]:
    match rule:
        case TextRule():
            return {
                "type": "string",
                "minLength": rule.min_length,
                "maxLength": rule.max_length,
                "pattern": VISIBLE,
                "examples": ["Confidential"],
            }
        case IntegerRule():
            return {"type": "integer", "minimum": rule.minimum, "maximum": rule.maximum}
        case NumberRule():
            return {"type": "number", "minimum": rule.minimum, "maximum": rule.maximum}
        case ColorRule():
            return {"type": "string", "pattern": rule.pattern, "examples": [rule.default]}
        case ChoiceRule():
            return dict(_enumeration(auto_schema, rule).ref)
        case _:
            raise TypeError(f"No schema is known for {rule.kind}.")


def _enumeration(auto_schema: AutoSchema, rule: ChoiceRule) -> ResolvedComponent:
    component = ResolvedComponent(
        name=rule.enum.__name__,
        type=ResolvedComponent.SCHEMA,
        schema={
            "type": "string",
            "enum": [member.value for member in rule.enum],
            "description": (rule.enum.__doc__ or "").strip(),
        },
        object=rule.enum,
    )
    auto_schema.registry.register_on_missing(component)
    return component
