"""Of bytes: each row has its object and its owner, each object its row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from config.invariants import Breach, Invariant, Look, by_query
from documents.models import Blob
from documents.storage import BlobMissing, BlobStore, blob_store

# Twice what the relay waits until bytes without a row count as left behind (relay/orphans.py).
LEFT_BEHIND = timedelta(hours=2)
BATCH = 500
READ_BYTES = 1024 * 1024


def _rows_without_bytes(look: Look) -> Iterator[Breach]:
    store = blob_store()
    for blob in _all_blobs():
        wrong = _wrong_with(store, blob, look)
        # Asked again: what was deleted while we looked is no breach.
        if wrong and Blob.objects.filter(pk=blob.pk).exists():
            yield Breach(f"blob:{blob.pk}", wrong)


def _all_blobs() -> Iterator[Blob]:
    """Yield each row, a few in memory at a time."""
    batch = list(Blob.objects.order_by("pk")[:BATCH])
    while batch:
        yield from batch
        batch = list(Blob.objects.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH])


def _wrong_with(store: BlobStore, blob: Blob, look: Look) -> str:
    try:
        size = store.size(blob.pk)
        if size != blob.size_bytes:
            return f"{size} bytes are stored, the row says {blob.size_bytes}"
        if look.read_bytes and (stored := _sha256(store, blob.pk)) != blob.sha256:
            return f"the bytes have SHA-256 {stored}, the row says {blob.sha256}"
    except BlobMissing:
        return "no bytes are stored"
    return ""


def _sha256(store: BlobStore, blob_id: UUID) -> str:
    digest = hashlib.sha256()
    with store.open(blob_id) as reader:
        while piece := reader.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _bytes_without_row(_: Look) -> Iterator[Breach]:
    store = blob_store()
    ids = store.iter_ids(older_than=LEFT_BEHIND)
    while batch := list(islice(ids, BATCH)):
        for blob_id in _unknown(batch):
            try:  # the row goes first: these bytes may have been on their way out
                size = store.size(blob_id)
            except BlobMissing:
                continue
            yield Breach(f"blob:{blob_id}", f"{size} bytes are stored and no row names them")


def _unknown(blob_ids: Iterable[UUID]) -> set[UUID]:
    ids = set(blob_ids)
    return ids - set(Blob.objects.filter(pk__in=ids).values_list("pk", flat=True))


INVARIANTS = [
    Invariant(
        "blob_has_bytes",
        "The bytes of each row are stored, as many as it says and, when they are read, the same.",
        _rows_without_bytes,
    ),
    Invariant(
        "bytes_have_blob",
        "Stored bytes older than two hours are named by a row.",
        _bytes_without_row,
    ),
    by_query(
        "blob_has_owner",
        "Each row of stored bytes is the original of a document, the copy of a job or an asset's.",
        """
        SELECT 'blob:' || blob.id, blob.size_bytes || ' bytes that nothing refers to'
        FROM documents_blob blob
        LEFT JOIN documents_document document ON document.blob_id = blob.id
        LEFT JOIN documents_job job ON job.result_id = blob.id
        LEFT JOIN documents_asset asset ON asset.blob_id = blob.id
        WHERE document.id IS NULL AND job.id IS NULL AND asset.id IS NULL
        """,
    ),
]
