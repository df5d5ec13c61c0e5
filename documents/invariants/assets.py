"""Of assets: there while something is made of them, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from config.invariants import Breach, Invariant, Look, by_query
from documents.models import Asset, Preset
from documents.services.asset_names import asset_ids_in


def _missing(_: Look) -> Iterator[Breach]:
    for preset in Preset.objects.order_by("pk").iterator(chunk_size=1000):
        named = asset_ids_in(preset.config)
        if (
            named
            and len(named) > Asset.objects.present_in(preset.tenant_id).filter(pk__in=named).count()
        ):
            yield Breach(f"preset:{preset.pk}", "an asset that it names is not there")


INVARIANTS = [
    Invariant("preset_has_assets", "The assets that presets name are there.", _missing),
    by_query(
        "job_has_assets",
        "The assets that a job names which has not ended are its tenant's and have their bytes.",
        """
        SELECT 'job:' || job.id, job.state || ', asset ' || needed.id
            || CASE WHEN asset.id IS NULL THEN ' is not there' ELSE ' has no bytes' END
        FROM documents_job job CROSS JOIN LATERAL unnest(job.asset_ids) AS needed (id)
        LEFT JOIN documents_asset asset
            ON asset.id = needed.id AND asset.tenant_id = job.tenant_id
        WHERE job.state IN ('queued', 'running') AND NOT (job.asset_ids = '{}')
            AND asset.blob_id IS NULL
        """,
    ),
    by_query(
        "asset_bytes",
        "An asset has its bytes until it is deleted, and none a day after its last job.",
        """
        SELECT 'asset:' || asset.id, 'deleted ' || coalesce(deleted_at::text, 'never')
            || ', bytes ' || coalesce(blob_id::text, 'gone')
        FROM documents_asset asset
        WHERE (deleted_at IS NULL AND blob_id IS NULL)
            OR (blob_id IS NOT NULL AND deleted_at < statement_timestamp() - interval '1 day'
                AND NOT EXISTS (
                    SELECT FROM documents_job job
                    WHERE job.tenant_id = asset.tenant_id AND NOT (job.asset_ids = '{}')
                        AND asset.id = ANY (job.asset_ids) AND (job.state IN ('queued', 'running')
                            OR job.finished_at > statement_timestamp() - interval '1 day')))
        """,
    ),
]
