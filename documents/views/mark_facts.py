"""A stored mark in words, with the names of the files that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.principal import Principal
from documents.forms import described
from documents.models import Asset
from documents.services.asset_names import asset_ids_in


def mark_facts(principal: Principal, spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return pairs of label and value; one query if the mark names an asset."""
    ids = asset_ids_in(spec)
    assets = Asset.objects.visible_to(principal).filter(pk__in=ids)
    names = dict(assets.values_list("pk", "name")) if ids else {}
    return described(spec, {str(pk): name for pk, name in names.items()})
