"""The files that a mark is made of, brought to where the sandbox reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from documents.models import Asset
from documents.storage import blob_store


def blobs_of_assets(tenant_id: UUID, asset_ids: Collection[UUID]) -> dict[str, UUID]:
    """Return the blobs of a tenant's assets by their ids as a spec has them; deleted ones too.

    No query where there are none.
    """
    if not asset_ids:
        return {}
    there = Asset.objects.filter(tenant_id=tenant_id, pk__in=asset_ids, blob__isnull=False)
    return {str(pk): blob_id for pk, blob_id in there.values_list("pk", "blob_id") if blob_id}


@contextmanager
def asset_files(blobs: Mapping[str, UUID]) -> Iterator[dict[str, Path]]:
    """Give paths to files with these bytes, valid inside the block; raises BlobMissing."""
    store = blob_store()
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(store.local_file(blob_id)) for name, blob_id in blobs.items()
        }
