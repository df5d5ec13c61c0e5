"""The blob store: immutable bytes under an id. ``blob_store()`` is the one in use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from documents.storage.contract import (
    BlobExists,
    BlobMissing,
    BlobReader,
    BlobStore,
    HasPaths,
    StorageAway,
)
from documents.storage.local import LocalBlobStore
from documents.storage.resumable import GrowingFile, ResumableFiles, UploadLocked
from documents.storage.staging import Staged, StagedBlob, StorageFull, storage_errors

__all__ = [
    "BlobExists",
    "BlobMissing",
    "BlobReader",
    "BlobStore",
    "GrowingFile",
    "HasPaths",
    "LocalBlobStore",
    "ResumableFiles",
    "Staged",
    "StagedBlob",
    "StorageAway",
    "StorageFull",
    "UploadLocked",
    "blob_store",
    "resumable_files",
    "storage_errors",
]


def blob_store() -> BlobStore:
    """Return the store that the settings name."""
    if settings.S3:
        # Connections must not be shared with a forked child.
        return _s3(str(settings.BLOB_DIR), os.getpid(), **settings.S3)
    return _local(str(settings.BLOB_DIR))


def resumable_files() -> ResumableFiles:
    """Return the files of resumable uploads, which are on this machine whatever the store is."""
    return _resumable(str(settings.BLOB_DIR))


@cache
def _resumable(root: str) -> ResumableFiles:
    return ResumableFiles(Path(root) / "resumable", Path(root) / "staging")


@cache
def _local(root: str) -> LocalBlobStore:
    return LocalBlobStore(root)


@cache
def _s3(root: str, process: int, *, bucket: str, prefix: str, **service: Any) -> BlobStore:
    # Its client takes a tenth of a second to load, which only those pay who use it.
    from documents.storage.s3.client import connect
    from documents.storage.s3.store import S3BlobStore

    staging = Path(root) / "staging"
    return S3BlobStore(connect(**service), bucket=bucket, prefix=prefix, staging=staging)
