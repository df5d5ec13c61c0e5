"""Which assets a mark's instructions name, and that they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from config.errors import Conflict
from documents.formats.asset_kinds import AssetKind
from documents.models import Asset
from documents.watermark.errors import Problem
from documents.watermark.spec import FontFamily, MarkType

CALLED = {
    AssetKind.IMAGE: "a picture",
    AssetKind.PDF: "a PDF page",
    AssetKind.FONT: "a font",
}


class AssetDeleted(Conflict):
    """Something that the mark is made of is gone."""

    code = "asset_deleted"
    message = "A file that this mark is made of has been deleted."


def problems_of_assets(config: Mapping[str, Any], tenant_id: UUID) -> list[Problem]:
    """Return where a mark or a part of one names an asset that is not there
    or of another kind.

    What is unknown, deleted or another tenant's is told alike. A query if it names any.
    """
    wanted = list(_wanted(config))
    if not wanted:
        return []
    ids = {found for _, name, _ in wanted if (found := _uuid(name)) is not None}
    present = Asset.objects.present_in(tenant_id).filter(pk__in=ids)
    kinds: dict[UUID | None, str] = dict(present.values_list("pk", "kind"))
    problems = []
    for location, name, kind in wanted:
        is_a = kinds.get(_uuid(name))
        if is_a is None:
            problems.append(Problem(location, "There is no such file", "missing_asset"))
        elif is_a != kind:
            message = f"This file is {CALLED[AssetKind(is_a)]}, not {CALLED[kind]}"
            problems.append(Problem(location, message, "asset_kind"))
    return problems


def hold_assets(config: Mapping[str, Any], tenant_id: UUID) -> list[UUID]:
    """Return the assets that a spec names, and keep them to the transaction's end.

    Raises AssetDeleted. Nothing is asked for a mark that is made of text alone.
    """
    ids = sorted(asset_ids_in(config))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [tenant_id, ids])
            if len(cursor.fetchall()) < len(ids):
                raise AssetDeleted
    return ids


# In one order, so that two who hold the same do not wait for each other for ever.
_HOLD = """
    SELECT id FROM documents_asset
    WHERE tenant_id = %s AND id = ANY (%s) AND deleted_at IS NULL ORDER BY id FOR SHARE
"""


def _wanted(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object, AssetKind]]:
    """Yield where a mark or a layer of it names an asset, that name, and what it has to be."""
    for location, mark in _marks(config):
        type_ = mark.get("type", MarkType.TEXT)
        if type_ != MarkType.TEXT:
            yield (*location, "asset"), mark.get("asset"), AssetKind(type_)
        family = mark.get("font_family", FontFamily.SANS)
        if family not in [each.value for each in FontFamily]:
            yield (*location, "font_family"), family, AssetKind.FONT


def _marks(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    yield (), config
    for index, layer in enumerate(config.get("layers") or ()):
        yield ("layers", str(index)), layer


def asset_ids_in(config: Mapping[str, Any]) -> set[UUID]:
    """Return the ids that a mark (or a part of one) and its layers name, as JSON has it."""
    return {asset_id for _, asset_id in named_assets(config)}


def named_assets(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], UUID]]:
    """Yield where an asset is named, and its id."""
    for location, mark in _marks(config):
        for field in ("asset", "font_family"):
            if (found := _uuid(mark.get(field))) is not None:
                yield (*location, field), found


def _uuid(value: object) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        found = UUID(value)
    except ValueError:
        return None
    return found if str(found) == value.lower() else None  # not dashes wherever they stand
