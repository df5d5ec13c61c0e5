"""Presets: made, changed by who has seen the present version, deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Lower, Now

from config.errors import Conflict, DomainError
from documents.models import Preset
from documents.queries import preset_for
from documents.services.specs import InvalidSpec, hold_named_assets

if TYPE_CHECKING:
    from accounts.principal import Principal

PRESETS_MAX = 500


class PresetNameTaken(Conflict):
    """Another preset of the tenant has this name, in whatever case."""

    code = "preset_name_taken"
    message = "Another preset has this name."


class TooManyPresets(Conflict):
    """The tenant has as many presets as anybody may have."""

    code = "too_many_presets"
    message = f"There are {PRESETS_MAX} presets already. Delete one first."


class PresetChanged(DomainError):
    """The preset is not what the caller has seen."""

    code = "precondition_failed"
    status = 412
    message = "This preset has been changed meanwhile. Fetch it again."


def create_preset(
    *, principal: Principal, name: str, config: Mapping[str, Any], is_default: bool = False
) -> Preset:
    """Keep ``config`` (of ``specs.checked_part``) under a name that no other preset has.

    Raises InsufficientScope, InvalidSpec (an asset that is not there), PresetNameTaken and
    TooManyPresets.
    """
    principal.require("presets:write")
    with transaction.atomic():
        _one_at_a_time(principal)
        _hold_assets(principal, config)
        if Preset.objects.visible_to(principal).count() >= PRESETS_MAX:
            raise TooManyPresets
        _require_free(principal, name)
        if is_default:
            _forget_default(principal)
        preset = Preset.objects.create(
            tenant_id=principal.tenant_id,
            name=name,
            config=dict(config),
            is_default=is_default,
            created_by_id=principal.user_id,
        )
        preset.refresh_from_db()  # the database's clock
    return preset


def change_preset(
    *,
    principal: Principal,
    preset_id: UUID,
    changes: Mapping[str, Any],
    seen: Collection[int] | None,
) -> Preset:
    """Change ``name``, ``config`` or ``is_default``; return the preset under its next version.

    ``seen`` are the versions that may be overwritten, None for any. Raises InsufficientScope,
    PresetMissing, PresetChanged and PresetNameTaken.
    """
    principal.require("presets:write")
    with transaction.atomic():
        _one_at_a_time(principal)
        preset = _seen(principal, preset_id, seen)
        _hold_assets(principal, changes.get("config", {}))
        if "name" in changes:
            _require_free(principal, changes["name"], but=preset)
        if changes.get("is_default") and not preset.is_default:
            _forget_default(principal)
        Preset.objects.filter(pk=preset.pk).update(
            **changes, version=F("version") + 1, updated_at=Now()
        )
        preset.refresh_from_db()
    return preset


def delete_preset(*, principal: Principal, preset_id: UUID, seen: Collection[int] | None) -> None:
    """Delete a preset; jobs that were made with it keep their settings.

    Raises InsufficientScope, PresetMissing and PresetChanged.
    """
    principal.require("presets:write")
    with transaction.atomic():
        _one_at_a_time(principal)
        _seen(principal, preset_id, seen).delete()


def _one_at_a_time(principal: Principal) -> None:
    """Hold the tenant's lock to the end: names and the one default are looked at, then written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"presets:{principal.tenant_id}"],
        )


def _hold_assets(principal: Principal, config: Mapping[str, Any]) -> None:
    """Keep what a mark is made of from being deleted before the preset is there."""
    try:
        hold_named_assets(config, principal.tenant_id)
    except InvalidSpec as error:
        told = [{**each, "loc": ["body", "config", *each["loc"]]} for each in error.problems]
        raise InvalidSpec(problems=told) from error


def _seen(principal: Principal, preset_id: UUID, seen: Collection[int] | None) -> Preset:
    preset = preset_for(principal, preset_id)
    if seen is not None and preset.version not in seen:
        raise PresetChanged
    return preset


def _require_free(principal: Principal, name: str, *, but: Preset | None = None) -> None:
    mine = Preset.objects.visible_to(principal).annotate(lower_name=Lower("name"))
    same = mine.filter(lower_name=Lower(Value(name)))
    if but is not None:
        same = same.exclude(pk=but.pk)
    if same.exists():
        raise PresetNameTaken


def _forget_default(principal: Principal) -> None:
    default = Preset.objects.visible_to(principal).filter(is_default=True)
    default.update(is_default=False, version=F("version") + 1, updated_at=Now())
