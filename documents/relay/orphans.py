"""Bytes that no row names: left by a crash between storing and committing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from uuid import UUID

import structlog

from documents.models import Blob
from documents.storage import blob_store

log = structlog.get_logger(__name__)

# Longer than any work takes between storing bytes and committing their row.
GRACE = timedelta(hours=1)
BATCH = 500


def collect_orphans() -> int:
    """Remove old blobs without a row and old staged files; return how many."""
    store = blob_store()
    removed = store.collect_stale_staged(GRACE)
    candidates = store.iter_ids(older_than=GRACE)
    while batch := list(islice(candidates, BATCH)):
        for blob_id in _without_row(batch):
            store.delete(blob_id)
            removed += 1
    if removed:
        log.info("orphans_removed", count=removed)
    return removed


def _without_row(blob_ids: Iterable[UUID]) -> set[UUID]:
    ids = set(blob_ids)
    return ids - set(Blob.objects.filter(pk__in=ids).values_list("pk", flat=True))
