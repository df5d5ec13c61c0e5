"""The blob store: immutable bytes under an id. ``blob_store()`` is the one in use."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from documents.storage.contract import BlobExists, BlobMissing, BlobStore, HasPaths
from documents.storage.local import LocalBlobStore
from documents.storage.staging import Staged, StagedBlob, StorageFull

__all__ = [
    "BlobExists",
    "BlobMissing",
    "BlobStore",
    "HasPaths",
    "LocalBlobStore",
    "Staged",
    "StagedBlob",
    "StorageFull",
    "blob_store",
]


def blob_store() -> BlobStore:
    """Return the store that the settings name."""
    return _local(str(settings.BLOB_DIR))


@cache
def _local(root: str) -> LocalBlobStore:
    return LocalBlobStore(root)
