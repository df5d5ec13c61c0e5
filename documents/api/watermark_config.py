"""``WatermarkConfig``: the engine's one schema of a mark, as the API reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.models import Tenant
from config.api.shapes import extra_field
from config.api.translation import Problem
from documents.services.specs import InvalidSpec, resolve_spec
from documents.watermark.spec import WatermarkSpec
from documents.watermark.spec.rules import Unfit


class WatermarkConfig(serializers.Serializer[Any]):
    """What the mark says, and where and how. Stands for the schema; ``read_spec`` reads it."""


class MarkRequest(serializers.Serializer[Any]):
    """The same as a request says it: beside a preset, and none of it required."""


class JobRequest(serializers.Serializer[Any]):
    """A request for a mark, and where its end is told."""


class WatermarkPart(serializers.Serializer[Any]):
    """Some fields of it, as presets keep them."""


class WatermarkForm(serializers.Serializer[Any]):
    """Stands for the configuration as form fields."""


def read_spec(
    given: Mapping[str, Any], *location: str, tenant: Tenant, strings: bool
) -> tuple[WatermarkSpec | None, list[Problem]]:
    """Return the spec, or every problem, told as being under ``location``.

    What is not given comes from the preset that is named, or the tenant's default one, then from
    the tenant's default mark, then from the schema. Raises PresetMissing.
    """
    try:
        return resolve_spec(tenant=tenant, overrides=given, strings=strings), []
    except InvalidSpec as error:
        return None, [
            {**problem, "loc": [*location, *problem["loc"]]} for problem in error.problems
        ]


def read_fields(given: Mapping[str, str], *location: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of form fields as JSON would hold them; a field left empty is absent."""
    rules = WatermarkSpec.offered_rules()
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, text in given.items():
        try:
            if name not in rules:
                problems.append(extra_field(*location, name))
            elif text.strip() or name == "watermark_text":
                values[name] = rules[name].plain(rules[name].clean(text, strings=True))
        except Unfit as unfit:
            for problem in unfit.problems:
                told = problem.as_dict()
                problems.append(told | {"loc": [*location, name, *problem.loc]})
    return values, problems
