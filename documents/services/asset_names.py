"""Which assets a mark's instructions name, and that they are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID


def asset_ids_in(config: Mapping[str, Any]) -> set[UUID]:
    """Return the ids that a mark (or a part of one) and its layers name, as JSON has it."""
    return {asset_id for _, asset_id in named_assets(config)}


def named_assets(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], UUID]]:
    """Yield where an asset is named, and its id."""
    layers = config.get("layers") or ()
    marks = [((), config), *((("layers", str(at)), each) for at, each in enumerate(layers))]
    for location, mark in marks:
        for field in ("asset", "font_family"):
            if (found := _uuid(mark.get(field))) is not None:
                yield (*location, field), found


def _uuid(value: object) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
