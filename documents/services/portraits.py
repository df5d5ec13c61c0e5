"""Pictures of assets for people: drawn in the sandbox, and kept for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import connection

from config.errors import Missing, Unavailable
from documents.sandbox.judging import portray_asset
from documents.sandbox.limits import SandboxLimits
from documents.services.looking import LOOK_SECONDS, PLACES, kept
from documents.storage import blob_store
from documents.watermark.errors import WatermarkError

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.models import Asset

log = structlog.get_logger(__name__)

# Twice the width at which lists show it.
WIDTH = 320


def asset_picture(*, principal: Principal, asset: Asset) -> bytes:
    """Return what an asset looks like, as PNG.

    Raises InsufficientScope, TooManyLooks, StorageAway and Unavailable.
    """
    principal.require("presets:read")
    return kept(asset, {"look": "portrait", "width": WIDTH}, lambda: _drawn(asset))


def _drawn(asset: Asset) -> bytes:
    if asset.blob is None:
        raise Missing
    limits = SandboxLimits.for_source(asset.blob.size_bytes, base_seconds=LOOK_SECONDS)
    if not connection.in_atomic_block:
        connection.close()  # back into the pool meanwhile
    try:
        with PLACES.taken(asset.tenant_id), blob_store().local_file(asset.blob.pk) as path:
            return portray_asset(source=path, format=asset.file_format, width=WIDTH, limits=limits)
    except WatermarkError as error:  # a mark could be made of it when it came
        log.warning("portrait_failed", code=error.code, detail=getattr(error, "detail", ""))
        raise Unavailable from error
