"""Assets: kept once they are known to be usable, and deleted when nothing is made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import BooleanField, F
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts.models import Tenant
from config.errors import Conflict, DomainError, Invalid, Unavailable
from config.upload_form import StagedFile
from documents.formats.asset_kinds import ACCEPTED, SIGNATURES, AssetFormat, asset_format_of
from documents.models import Asset, Blob, Preset
from documents.models.asset import AssetQuerySet
from documents.queries import AssetMissing
from documents.sandbox.judging import AssetFacts, judge_asset
from documents.sandbox.limits import SandboxLimits
from documents.services.asset_names import asset_ids_in
from documents.services.documents import UnsupportedFormat, checked_title
from documents.services.looking import LOOK_SECONDS, PLACES
from documents.services.names import clean_file_name, title_of
from documents.storage import StorageAway, blob_store
from documents.watermark.errors import WatermarkError

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger(__name__)

ASSETS_MAX = 200
# As much as the engine reads of a picture, and more than fonts of Chinese have.
ASSET_MAX_BYTES = 20 * 1024 * 1024
SIGNATURE_BYTES = max(len(signature) for signature, _ in SIGNATURES)


class UnusableAsset(Invalid):
    """No mark can be made of the file: it is damaged, too large, protected."""

    code = "unusable_asset"
    message = "No mark can be made of this file."


class TooManyAssets(Conflict):
    """The tenant has as many assets as anybody may have."""

    code = "too_many_assets"
    message = f"There are {ASSETS_MAX} files already. Delete one first."


class AssetInUse(Conflict):
    """A preset or the tenant's default mark is made of the asset."""

    code = "asset_in_use"
    message = "This file is used."


class AssetChanged(DomainError):
    """The asset is not what the caller has seen."""

    code = "precondition_failed"
    status = 412
    message = "This file has been renamed meanwhile. Fetch it again."


def create_asset(*, principal: Principal, staged: StagedFile, name: str | None = None) -> Asset:
    """Keep an uploaded file as an asset; takes the staged file.

    A mark is made of it first, in the sandbox. ``name`` defaults to the file's. Raises
    UnsupportedFormat, UnusableAsset, TooManyAssets, Invalid (the name), InsufficientScope,
    TooManyLooks, Unavailable, StorageFull and StorageAway.
    """
    principal.require("presets:write")
    file_name = clean_file_name(staged.name)
    name = title_of(file_name) if name is None else checked_title(name)
    format = _format_of(staged.path)
    _require_room(principal)  # before anything is drawn
    facts = _judged(principal, staged, format)
    asset = Asset(
        tenant_id=principal.tenant_id,
        name=name,
        file_name=file_name,
        kind=format.kind.value,
        format=format.value,
        width=facts.width,
        height=facts.height,
        font_name=facts.font_name,
        created_by_id=principal.user_id,
        api_key_id=principal.api_key_id,
    )
    _save(principal, asset, staged)
    return asset


def delete_asset(*, principal: Principal, asset_id: UUID) -> None:
    """Delete an asset; jobs that were asked for before are done with it all the same.

    Raises InsufficientScope, AssetMissing and AssetInUse.
    """
    principal.require("presets:write")
    with transaction.atomic():
        # Who keeps a preset or queues a job that needs it holds the row, too (``hold_assets``).
        visible = Asset.objects.visible_to(principal).select_for_update(no_key=True)
        asset = visible.filter(pk=asset_id).first()
        if asset is None:
            raise AssetMissing
        _refuse_if_used(asset)
        Asset.objects.filter(pk=asset.pk).update(deleted_at=Now())
        # If this process dies first, or a job still needs it, the relay does it.
        transaction.on_commit(lambda: _purge_now(asset.pk), robust=True)


def rename_asset(
    *, principal: Principal, asset_id: UUID, name: str, seen: Collection[int] | None = None
) -> Asset:
    """Call an asset otherwise; marks know it by its id. Return it under its next version.

    ``seen`` are the versions that may be overwritten, None for any. Raises InsufficientScope,
    AssetMissing, AssetChanged and Invalid (the name).
    """
    principal.require("presets:write")
    name = checked_title(name)
    assets = Asset.objects.visible_to(principal).filter(pk=asset_id)
    those = assets if seen is None else assets.filter(version__in=seen)
    if not those.update(name=name, version=F("version") + 1):
        raise AssetChanged if assets.exists() else AssetMissing
    return assets.select_related("blob").get()


def presets_using(*, principal: Principal, asset: Asset) -> list[Preset]:
    """Return the presets that an asset may not be deleted for, by name."""
    principal.require("presets:read")
    presets = Preset.objects.visible_to(principal).order_by("name")
    return [preset for preset in presets if _uses(preset.config, asset)]


def purge_assets(*, limit: int = 100) -> int:
    """Remove the bytes of up to ``limit`` deleted assets that no job needs; return of how many.

    Any number of callers may do this at once. Raises StorageAway; what bytes that leaves are
    collected as orphans.
    """
    purged = 0
    while purged < limit and _purge_next(Asset.objects.order_by("deleted_at")):
        purged += 1
    return purged


def _format_of(path: Path) -> AssetFormat:
    with path.open("rb") as file:
        found = asset_format_of(file.read(SIGNATURE_BYTES))
    if found is None:
        raise unsupported_asset()
    return found


def unsupported_asset() -> UnsupportedFormat:
    """Return the refusal of a file that is none of these."""
    return UnsupportedFormat(f"Send {ACCEPTED}.")


def _judged(principal: Principal, staged: StagedFile, format: AssetFormat) -> AssetFacts:
    limits = SandboxLimits.for_source(staged.size_bytes, base_seconds=LOOK_SECONDS)
    if not connection.in_atomic_block:
        connection.close()  # back into the pool meanwhile
    try:
        with PLACES.taken(principal.tenant_id):
            return judge_asset(source=staged.path, format=format, limits=limits)
    except WatermarkError as error:
        if error.retryable:
            log.warning("judging_failed", code=error.code, detail=getattr(error, "detail", ""))
            raise Unavailable from error
        problem = {"loc": ["body", "file"], "msg": error.message, "type": error.code}
        raise UnusableAsset(error.message, problems=[problem]) from error


def _require_room(principal: Principal) -> None:
    if Asset.objects.visible_to(principal).count() >= ASSETS_MAX:
        raise TooManyAssets


def _save(principal: Principal, asset: Asset, staged: StagedFile) -> None:
    """Store the bytes, then write the rows."""
    blob = Blob(tenant_id=asset.tenant_id, size_bytes=staged.size_bytes, sha256=staged.sha256)
    blob_store().commit(staged, blob.id)
    written = False
    try:
        with transaction.atomic():
            _one_at_a_time(principal)
            _require_room(principal)
            blob.save(force_insert=True)
            asset.blob = blob
            asset.save(force_insert=True)
            written = True
    except BaseException:
        # A commit whose answer was lost may have happened: then the bytes must stay.
        if not written:
            with suppress(StorageAway):
                blob_store().delete(blob.id)
        raise
    asset.refresh_from_db(fields=["created_at"])  # the database's clock


def _one_at_a_time(principal: Principal) -> None:
    """Hold the tenant's lock to the end: assets are counted, then one more is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"assets:{principal.tenant_id}"],
        )


def _refuse_if_used(asset: Asset) -> None:
    presets = Preset.objects.filter(tenant_id=asset.tenant_id)
    named = [name for name, config in presets.values_list("name", "config") if _uses(config, asset)]
    if named:
        raise AssetInUse(f"The preset “{named[0]}” uses this file. Change or delete it first.")
    if _uses(_default_of(asset.tenant_id), asset):
        raise AssetInUse("The workspace's default mark uses this file. Change that first.")


def _default_of(tenant_id: UUID) -> Mapping[str, Any]:
    """Return the default mark as it is now: joined to a row that was waited for, it is older."""
    own = Tenant.objects.filter(pk=tenant_id)
    default: Mapping[str, Any] = own.values_list("default_watermark", flat=True).get()
    return default


def _uses(config: Mapping[str, Any], asset: Asset) -> bool:
    return asset.pk in asset_ids_in(config)


def _purge_now(asset_id: UUID) -> None:
    with suppress(StorageAway):
        _purge_next(Asset.objects.filter(pk=asset_id))


# As the index on jobs has it (job_needs_asset).
_NEEDED = """
    EXISTS (
        SELECT FROM documents_job job
        WHERE job.tenant_id = documents_asset.tenant_id AND job.state IN ('queued', 'running')
            AND NOT (job.asset_ids = '{}') AND documents_asset.id = ANY (job.asset_ids)
    )
"""


def _purge_next(assets: AssetQuerySet) -> bool:
    """Forget the bytes of the first deleted one of ``assets`` that no job needs: the row first."""
    with transaction.atomic():
        asset = (
            assets.filter(deleted_at__isnull=False, blob__isnull=False)
            .alias(is_needed=RawSQL(_NEEDED, [], BooleanField()))  # noqa: S611 - a constant
            .filter(is_needed=False)
            .select_for_update(skip_locked=True)
            .first()
        )
        if asset is None or asset.blob_id is None:
            return False
        Asset.objects.filter(pk=asset.pk).update(blob=None)
        Blob.objects.filter(pk=asset.blob_id).delete()
    blob_store().delete(asset.blob_id)
    return True
