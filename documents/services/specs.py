"""What a mark's spec is made of: the request, then a preset, then the tenant, then the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from accounts.models import Tenant
from config.errors import Invalid
from documents.models import Preset
from documents.queries import PresetMissing
from documents.services.asset_names import hold_assets, problems_of_assets
from documents.watermark import check_text
from documents.watermark.errors import BadSpec, Problem, UnsupportedText
from documents.watermark.spec import FontFamily, MarkType, WatermarkSpec
from documents.watermark.spec.rules import Rule, TextRule
from documents.watermark.spec.variables import PAGE_VARIABLES

# What a text may name when a document is marked for nobody in particular.
JOB_VARIABLES = (*PAGE_VARIABLES, "date", "time", "document.title", "org.name")
# The field of a request that names a preset, beside those of the mark.
PRESET = "preset"
_DEFAULT: Final = "the tenant's default one"

# The mark of a tenant that has not chosen one.
SYSTEM_DEFAULT = {"watermark_text": "CONFIDENTIAL"}


class InvalidSpec(Invalid):
    """The watermark's settings break their schema; ``problems`` has every bad field."""

    message = "The watermark's settings are not valid."


def resolve_spec(
    *, tenant: Tenant, overrides: Mapping[str, Any], strings: bool = False
) -> WatermarkSpec:
    """Return the spec of a request: its own values, a preset's, the tenant's, the system's.

    ``overrides`` may name a ``preset`` by its id; None is for none at all, and without the name
    the tenant's default preset counts. ``strings``: numbers may come as text (form fields).
    Raises PresetMissing, and InvalidSpec with all bad fields, with variables that have no value
    in a plain job, or with the characters of its texts that no font of ours draws.
    """
    given = {name: value for name, value in overrides.items() if name != PRESET}
    preset = overrides.get(PRESET, _DEFAULT)
    if strings and not preset:
        preset = _DEFAULT  # a form's field left empty counts as not sent
    if strings:
        given = {name: value for name, value in given.items() if not _is_left_empty(name, value)}
    inherited: dict[str, Any] = {}
    problems: list[dict[str, Any]] = []
    try:
        inherited = inherited_config(tenant=tenant, preset=_preset_id(preset))
    except ValueError:
        message = "Input should be a valid UUID"
        problems.append({"loc": [PRESET], "msg": message, "type": "uuid_parsing"})
    try:
        spec = WatermarkSpec.parse(_merged(inherited, given), strings=strings, only_offered=True)
    except BadSpec as error:
        problems += [problem.as_dict() for problem in error.problems]
    else:
        problems += problems_of_texts(spec)
        missing = problems_of_assets(spec.as_dict(), tenant.pk)
        problems += [problem.as_dict() for problem in missing]
    if problems:
        raise InvalidSpec(problems=problems)
    return spec


def default_spec(*, tenant: Tenant) -> WatermarkSpec:
    """Return the mark of who says nothing: the tenant's own, or the system's if it has none."""
    own = inherited_config(tenant=tenant)
    says_something = bool(own.get("watermark_text") or own.get("asset"))
    return resolve_spec(tenant=tenant, overrides={} if says_something else SYSTEM_DEFAULT)


def inherited_config(*, tenant: Tenant, preset: UUID | str | None = _DEFAULT) -> dict[str, Any]:
    """Return what a request that says nothing gets: of a preset, then of the tenant.

    Without ``preset`` it is the tenant's default one, if there is one; None is for none. Raises
    PresetMissing.
    """
    known = WatermarkSpec.offered_rules()
    kept = {name: value for name, value in tenant.default_watermark.items() if name in known}
    return _merged(kept, _config_of(tenant, preset))


def checked_part(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return some fields of a mark as they are kept; raises InvalidSpec with all bad ones."""
    rules = WatermarkSpec.offered_rules()
    type_ = given.get("type", MarkType.TEXT)
    missing = {
        name: _stand_in(rule)
        for name, rule in rules.items()
        if rule.required and name not in given and type_ in rule.only_for
    }
    try:
        spec = WatermarkSpec.parse({**missing, **given}, only_offered=True)
    except BadSpec as error:
        raise InvalidSpec(problems=[each.as_dict() for each in error.problems]) from error
    if problems := problems_of_texts(spec):
        raise InvalidSpec(problems=problems)
    return {name: spec.as_json(name) for name in given}


def hold_named_assets(config: Mapping[str, Any], tenant_id: UUID) -> None:
    """Keep what part of a mark is made of to the transaction's end; raises InvalidSpec."""
    if problems := problems_of_assets(config, tenant_id):
        raise InvalidSpec(problems=[each.as_dict() for each in problems])
    hold_assets(config, tenant_id)


def problems_of_texts(spec: WatermarkSpec) -> list[dict[str, Any]]:
    """Return what keeps the texts of a spec from being drawn on a document that is for nobody.

    Variables without a value here, and characters that no font of ours draws; what the values of
    variables hold is seen when the work is done.
    """
    without_values: list[Problem] = spec.without_values(JOB_VARIABLES)
    problems = [problem.as_dict() for problem in without_values]
    for index, mark in enumerate(spec.marks):
        if mark.type is not MarkType.TEXT:
            continue
        is_own = mark.font_family not in list(FontFamily)
        try:
            check_text(mark.watermark_text, family=mark.font_family, weight=mark.font_weight)
        except UnsupportedText as error:
            if is_own:  # it may have them: seen when the work is done
                continue
            layer = ["layers", str(index - 1)] if index else []
            problems.append(_undrawable(error, [*layer, "watermark_text"]))
    return problems


def _is_left_empty(name: str, value: object) -> bool:
    """Whether a form has sent a field that says of what a mark is made, with nothing in it."""
    return name in ("type", "asset") and isinstance(value, str) and not value.strip()


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of ``above``, and those of ``below`` that a mark of its type has.

    A text makes it a mark of text, whatever lies below, unless a type is named.
    """
    type_ = above.get("type") or below.get("type", MarkType.TEXT)
    if not above.get("type") and "watermark_text" in above:
        type_ = MarkType.TEXT
    known = WatermarkSpec.offered_rules()
    kept = {name: value for name, value in below.items() if _belongs(known[name], type_)}
    return {**kept, **above, **({"type": type_} if "type" in {**below, **above} else {})}


def _belongs(rule: Rule, type_: object) -> bool:
    return not rule.only_for or str(type_).strip().lower() in rule.only_for


def _preset_id(named: object) -> UUID | str | None:
    if named is None or named is _DEFAULT or isinstance(named, UUID):
        return named
    if not isinstance(named, str):
        raise ValueError("not a UUID")
    return UUID(named.strip())


def _config_of(tenant: Tenant, preset: UUID | str | None) -> dict[str, Any]:
    if preset is None:
        return {}
    presets = Preset.objects.filter(tenant=tenant)
    wanted = presets.filter(is_default=True) if preset is _DEFAULT else presets.filter(pk=preset)
    found = wanted.values_list("config", flat=True).first()
    if found is None and preset is not _DEFAULT:
        raise PresetMissing
    return dict(found or {})


def _stand_in(rule: Rule) -> str:
    return "x" if isinstance(rule, TextRule) else str(rule.default)


def _undrawable(error: UnsupportedText, location: list[str]) -> dict[str, Any]:
    return {
        "loc": location,
        "msg": str(error),
        "type": error.code,
        "ctx": {"characters": list(error.characters)},
    }
