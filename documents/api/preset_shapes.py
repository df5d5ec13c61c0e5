"""Shapes of presets, and how their bodies are read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from config.api.json_fields import JsonBoolean, JsonInteger, QueryBoolean
from config.api.lists import ListQuery
from config.api.shapes import Shape, not_an_object
from config.errors import Invalid
from documents.api.watermark_config import WatermarkPart
from documents.models import Preset
from documents.models.preset import NAME_MAX
from documents.progress import rfc3339
from documents.services.specs import InvalidSpec, checked_part

VERSION_MAX = 2**31 - 1


class PresetQuery(ListQuery):
    """Which presets."""

    search = serializers.CharField(
        required=False, max_length=NAME_MAX, help_text="Only names that contain this, in any case."
    )
    is_default = QueryBoolean(required=False, help_text="Only the default one, or others.")


@extend_schema_field(WatermarkPart)
class ConfigField(serializers.JSONField):
    """Some fields of a mark; ``read_preset`` looks at them."""


def _name(**more: Any) -> serializers.CharField:
    return serializers.CharField(
        max_length=NAME_MAX, help_text="No two presets have the same, in any case.", **more
    )


def _is_default(**more: Any) -> JsonBoolean:
    return JsonBoolean(
        help_text="Whether it counts for requests that name no preset; at most one does.", **more
    )


def _version() -> JsonInteger:
    return JsonInteger(
        min_value=1,
        max_value=VERSION_MAX,
        required=False,
        help_text="The version that you have seen; or send its ETag in `If-Match`.",
    )


class PresetForm(Shape):
    """A new preset."""

    name = _name()
    config = ConfigField()
    is_default = _is_default(default=False)


class PresetReplacement(PresetForm):
    """A preset as it is to be from now on."""

    version = _version()


class PresetChange(Shape):
    """What is to be different; `config` is replaced as a whole."""

    name = _name(required=False)
    config = ConfigField(required=False)
    is_default = _is_default(required=False)
    version = _version()


@extend_schema_serializer(component_name="Preset")
class PresetOut(serializers.Serializer[Any]):
    """Some fields of a mark under a name, for everybody in the workspace."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    config = ConfigField()
    is_default = serializers.BooleanField(help_text="Whether it counts where none is named.")
    version = serializers.IntegerField(min_value=1, help_text="Grows with each change.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class PresetPage(serializers.Serializer[Any]):
    """One page of presets, newest first."""

    results = PresetOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


def preset_body(preset: Preset) -> dict[str, Any]:
    """Return a preset."""
    return {
        "id": str(preset.pk),
        "name": preset.name,
        "config": preset.config,
        "is_default": preset.is_default,
        "version": preset.version,
        "created_at": rfc3339(preset.created_at),
        "updated_at": rfc3339(preset.updated_at),
    }


def read_preset(request: Request, shape: type[Shape]) -> dict[str, Any]:
    """Return the fields of a body of this shape; raises ``Invalid`` with every bad one."""
    values, problems = shape.examine(request.data)
    given = request.data.get("config") if isinstance(request.data, dict) else None
    if isinstance(given, dict):
        try:
            values["config"] = checked_part(given)
        except InvalidSpec as error:
            problems += [
                {**problem, "loc": ["body", "config", *problem["loc"]]}
                for problem in error.problems
            ]
    elif given is not None:
        problems.append(not_an_object("body", "config"))
    if problems:
        raise Invalid(problems=problems)
    return values
