"""The components of a mark in the OpenAPI document, written from the rules of the one schema.

So that no bound is written down twice. JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from documents.api.serializers import CallbackForm
from documents.api.text_patterns import VISIBLE
from documents.api.watermark_config import (
    JobRequest,
    MarkRequest,
    WatermarkConfig,
    WatermarkForm,
    WatermarkPart,
)
from documents.watermark.spec import MarkSpec, Output, Tile, WatermarkSpec
from documents.watermark.spec.font_rule import AssetRule, FontRule
from documents.watermark.spec.lengths import LengthRule
from documents.watermark.spec.page_selection import PagesRule
from documents.watermark.spec.rules import (
    BooleanRule,
    ChoiceRule,
    ColorRule,
    IntegerRule,
    NumberRule,
    Rule,
    TextRule,
)
from documents.watermark.spec.settings import ListRule, ObjectRule

Schema = dict[str, Any]
# What is empty counts as not sent, and try-out forms send it.
EMPTY = r"^\s*$"
PRESET: Schema = {
    "type": ["string", "null"],
    "format": "uuid",
    "description": "The id of a preset. Left out: the workspace's default preset, if it has one;"
    " null: none.",
}
PRESET_FIELD: Schema = {
    "type": "string",
    "pattern": rf"{EMPTY}|^\s*[0-9A-Fa-f]{{8}}(-?[0-9A-Fa-f]{{4}}){{3}}-?[0-9A-Fa-f]{{12}}\s*$",
    "description": "The id of a preset, for what is left out.",
}
ASSET_ID = "5c1d7a52-6b1e-4c37-9a0e-52f1c7d1c0de"
COMPONENTS = {Tile: "WatermarkTile", Output: "WatermarkOutput", MarkSpec: "WatermarkLayerConfig"}


class WatermarkConfigSchema(OpenApiSerializerExtension):
    """Writes the component of the configuration as JSON."""

    target_class = WatermarkConfig

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the schema object."""
        description = "What the mark says, and where and how it stands on each page."
        return _object(auto_schema, WatermarkSpec.offered_rules(), description)


class MarkRequestSchema(OpenApiSerializerExtension):
    """Writes the component of a request for a mark."""

    target_class = MarkRequest

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the schema object; that a text must come from somewhere is left to words."""
        return _mark_request(auto_schema)


class JobRequestSchema(OpenApiSerializerExtension):
    """Writes the component of a request for a job."""

    target_class = JobRequest

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the schema object: ``MarkRequest``'s and the address."""
        mark = _mark_request(auto_schema)
        return {**mark, "properties": {**mark["properties"], **callback_field(auto_schema)}}


class WatermarkPartSchema(OpenApiSerializerExtension):
    """Writes the component of what a preset keeps."""

    target_class = WatermarkPart

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the schema object."""
        return _part(auto_schema, "Some fields of a mark; what is left out stays open.")


class WatermarkFormSchema(OpenApiSerializerExtension):
    """Writes the component of the configuration as form fields."""

    target_class = WatermarkForm

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """Return the schema object."""
        return {
            "type": "object",
            "description": "The configuration as form fields; one left empty counts as not sent.",
            "properties": described_form_fields(auto_schema) | callback_field(auto_schema),
            "additionalProperties": False,
        }


def callback_field(auto_schema: AutoSchema) -> dict[str, Schema]:
    """Return the schema of the one field that tells where the job's end is told."""
    shape: Schema = auto_schema._map_serializer(CallbackForm, "request", bypass_extensions=True)
    properties: dict[str, Schema] = shape["properties"]
    return properties


def described_form_fields(auto_schema: AutoSchema) -> dict[str, Schema]:
    """Return the schema of every field in forms: no null, which they cannot say.

    And no default, which would overrule a part beside it, since try-out forms send every default.
    """
    fields = {
        name: _form_field(auto_schema, rule) | _about(rule)
        for name, rule in WatermarkSpec.offered_rules().items()
    }
    return {"preset": PRESET_FIELD, **fields}


def _form_field(auto_schema: AutoSchema, rule: Rule) -> Schema:
    schema = _typed(auto_schema, rule)
    match rule:
        case ObjectRule() | ListRule():
            return {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": schema,
            }
        case AssetRule():
            pattern = rf"{EMPTY}|^\s*{FontRule.pattern[1:-1]}\s*$"
            return {"type": "string", "pattern": pattern, "examples": [ASSET_ID]}
        case LengthRule():
            return {"type": "string", "pattern": f"{EMPTY}|{rule.pattern}"}
        case ColorRule() | PagesRule():
            return {**schema, "pattern": f"{EMPTY}|{rule.pattern}"}
        case _:
            return schema


def _described(auto_schema: AutoSchema, rule: Rule) -> Schema:
    schema = _typed(auto_schema, rule)
    if rule.nullable:
        schema = _or_null(schema)
    if not rule.required:
        schema["default"] = None if rule.default is None else rule.plain(rule.default)
    return schema | _about(rule)


def _about(rule: Rule) -> Schema:
    unit = f" In {rule.unit}." if rule.unit else ""
    return {"title": rule.label, "description": f"{rule.help_text}{unit}"}


def _or_null(schema: Schema) -> Schema:
    if "type" in schema:
        return schema | {"type": [schema["type"], "null"]}
    choices = schema.get("anyOf") or [schema]
    return {"anyOf": [*choices, {"type": "null"}]}


def _typed(auto_schema: AutoSchema, rule: Rule) -> Schema:
    match rule:
        case AssetRule():
            return {"type": "string", "format": "uuid", "examples": [ASSET_ID]}
        case TextRule():
            return {
                "type": "string",
                "minLength": rule.min_length,
                "maxLength": rule.max_length,
                "pattern": VISIBLE,
                "examples": ["Confidential"],
            }
        case IntegerRule() | NumberRule():
            type_ = "integer" if isinstance(rule, IntegerRule) else "number"
            return {"type": type_, "minimum": rule.minimum, "maximum": rule.maximum}
        case LengthRule():
            points = {"type": "number", "minimum": rule.minimum, "maximum": rule.maximum}
            return {"anyOf": [points, {"type": "string", "pattern": rule.pattern}]}
        case PagesRule():
            return {"type": "string", "maxLength": rule.max_length, "pattern": rule.pattern}
        case ColorRule():
            return {"type": "string", "pattern": rule.pattern, "examples": [rule.default]}
        case BooleanRule():
            return {"type": "boolean"}
        case _:
            return _component(auto_schema, rule)


def _component(auto_schema: AutoSchema, rule: Rule) -> Schema:
    """Return what is described by a component of its own."""
    match rule:
        case FontRule():
            family = _registered(auto_schema, rule.enum.__name__, rule.enum, _enumeration(rule))
            own = {"type": "string", "format": "uuid", "pattern": rule.pattern}
            return {"anyOf": [family, own], "examples": [rule.default, ASSET_ID]}
        case ChoiceRule():
            return _registered(auto_schema, rule.enum.__name__, rule.enum, _enumeration(rule))
        case ObjectRule():
            description = (rule.of.__doc__ or "").partition("\n")[0]
            schema = _object(auto_schema, rule.rules, description)
            return _registered(auto_schema, COMPONENTS[rule.of], rule.of, schema)
        case ListRule():
            item = _component(auto_schema, rule.item)
            return {"type": "array", "items": item, "maxItems": rule.max_length}
        case _:
            raise TypeError(f"No schema is known for {rule.kind}.")


def _enumeration(rule: ChoiceRule) -> Schema:
    return {
        "type": "string",
        "enum": [member.value for member in rule.enum],
        "description": (rule.enum.__doc__ or "").strip(),
    }


def _mark_request(auto_schema: AutoSchema) -> Schema:
    description = (
        "What the mark says, and where and how it stands on each page. What is left out comes"
        " from the preset, then from the workspace's default mark, then from the defaults of"
        " `WatermarkConfig`. There must be a `watermark_text` in one of them, or with another"
        " `type` an `asset`."
    )
    schema = _part(auto_schema, description)
    return {**schema, "properties": {"preset": PRESET, **schema["properties"]}}


def _part(auto_schema: AutoSchema, description: str) -> Schema:
    """Return the object with every field, none of them required and none with a default."""
    whole = _object(auto_schema, WatermarkSpec.offered_rules(), description)
    properties = {
        name: {key: value for key, value in described.items() if key != "default"}
        for name, described in whole["properties"].items()
    }
    return {key: value for key, value in whole.items() if key != "required"} | {
        "properties": properties
    }


def _object(auto_schema: AutoSchema, rules: Mapping[str, Rule], description: str) -> Schema:
    required = [name for name, rule in rules.items() if rule.required and not rule.only_for]
    return {
        "type": "object",
        "description": description,
        "properties": {name: _described(auto_schema, rule) for name, rule in rules.items()},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _registered(auto_schema: AutoSchema, name: str, target: Any, schema: Schema) -> Schema:
    component = ResolvedComponent(
        name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=target
    )
    auto_schema.registry.register_on_missing(component)
    return dict(component.ref)
