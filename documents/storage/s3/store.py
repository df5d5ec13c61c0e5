"""Blobs as objects ``<prefix>ab/cd/<id>`` of a bucket, staged on this machine's disk."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from botocore.exceptions import ClientError

from documents.storage.contract import BlobMissing, BlobReader, StorageAway
from documents.storage.names import id_at, place_of
from documents.storage.s3.client import s3_errors, status_of
from documents.storage.s3.reader import ObjectReader
from documents.storage.s3.upload import HASH_KEY, Upload
from documents.storage.staging import Staged, StagedBlob, StagingArea

READ_BYTES = 1024 * 1024
LISTED_AT_ONCE = 1000
RANGE_NOT_SATISFIABLE = 416


class S3BlobStore:
    """The names below ``prefix`` are those that the local store gives its files.

    So a directory of blobs moves into a bucket, or out of one, by copying it.
    """

    def __init__(self, client: Any, *, bucket: str, prefix: str, staging: Path) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._staging = StagingArea(staging)

    def check(self) -> None:
        """Raise StorageFull or StorageAway unless bytes could be stored now."""
        self._staging.check()
        with s3_errors():
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                raise StorageAway from error

    def stage(self) -> StagedBlob:
        """Return an empty staged file; raises StorageFull."""
        return self._staging.stage()

    def require_room(self, size_bytes: int) -> None:
        """Raise StorageFull when so many bytes could not be staged now."""
        self._staging.require_room(size_bytes)

    def commit(self, staged: Staged, blob_id: UUID) -> None:
        """Upload, then forget the staged file; raises BlobExists, StorageFull, StorageAway."""
        Upload(self._client, self._where(blob_id), staged).run()
        staged.path.unlink()

    def open(self, blob_id: UUID, *, offset: int = 0, length: int | None = None) -> BlobReader:
        """Open ``length`` bytes (None: all) from ``offset``; raises BlobMissing, StorageAway."""
        if length == 0:  # no range can say that
            self.size(blob_id)
            return io.BytesIO()
        last = "" if length is None else str(offset + length - 1)
        fetch = partial(self._fetch, self._where(blob_id), last)
        try:
            return ObjectReader(fetch, offset)
        except _Beyond:
            return io.BytesIO()

    @contextmanager
    def local_file(self, blob_id: UUID) -> Iterator[Path]:
        """Give a copy on this machine's disk, checked against the hash it was stored with.

        Raises BlobMissing, StorageFull, StorageAway, and OSError for damaged bytes.
        """
        staged = self.stage()
        try:
            self._copy(blob_id, staged)
            yield staged.path
        finally:
            staged.discard()

    def size(self, blob_id: UUID) -> int:
        """Return the number of bytes stored; raises BlobMissing, StorageAway."""
        try:
            with s3_errors():
                return int(self._client.head_object(**self._where(blob_id))["ContentLength"])
        except BlobMissing:
            # Without a body the service cannot say whether it was the bucket that is missing.
            self.check()
            raise

    def delete(self, blob_id: UUID) -> None:
        """Remove a blob; nothing happens when it is gone already; raises StorageAway."""
        with s3_errors():
            self._client.delete_object(**self._where(blob_id))

    def iter_ids(self, *, older_than: timedelta = timedelta()) -> Iterator[UUID]:
        """Return the ids of all blobs committed at least so long ago, by the service's clock."""
        for page, now in self._pages("list_objects_v2"):
            for found in page.get("Contents", ()):
                blob_id = id_at(found["Key"].removeprefix(self._prefix))
                written = found["LastModified"].replace(microsecond=0)
                if blob_id and written <= now - older_than:
                    yield blob_id

    def collect_stale_staged(self, older_than: timedelta) -> int:
        """Remove stale staged files here and stale parts of uploads there; return how many."""
        removed = self._staging.collect_stale(older_than)
        for page, now in self._pages("list_multipart_uploads"):
            for found in page.get("Uploads", ()):
                is_ours = id_at(found["Key"].removeprefix(self._prefix))
                if is_ours and found["Initiated"] < now - older_than:
                    self._abort(found["Key"], found["UploadId"])
                    removed += 1
        return removed

    def _where(self, blob_id: UUID) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + place_of(blob_id)}

    def _fetch(self, where: dict[str, str], last: str, offset: int) -> Any:
        """Return the service's answer with the bytes from ``offset`` to ``last``."""
        wanted = {"Range": f"bytes={offset}-{last}"} if offset or last else {}
        try:
            return self._client.get_object(**where, **wanted)
        except ClientError as error:
            if status_of(error) == RANGE_NOT_SATISFIABLE:
                raise _Beyond from None
            raise

    def _copy(self, blob_id: UUID, staged: StagedBlob) -> None:
        with ObjectReader(partial(self._fetch, self._where(blob_id), ""), 0) as source:
            while piece := source.read(READ_BYTES):
                staged.write([piece])
            if source.metadata.get(HASH_KEY, staged.sha256) != staged.sha256:
                raise OSError(errno.EIO, f"The bytes of {blob_id} are not those that were stored")

    def _pages(self, operation: str) -> Iterator[tuple[Any, datetime]]:
        """Return each page of a listing, with the time at which the service answered."""
        pages = self._client.get_paginator(operation)
        with s3_errors():
            for page in pages.paginate(
                Bucket=self._bucket,
                Prefix=self._prefix,
                PaginationConfig={"PageSize": LISTED_AT_ONCE},
            ):
                date = page["ResponseMetadata"]["HTTPHeaders"].get("date")
                yield page, parsedate_to_datetime(date) if date else datetime.now(UTC)

    def _abort(self, key: str, upload_id: str) -> None:
        with s3_errors():
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)


class _Beyond(Exception):
    """The object ends before the first byte that was asked for."""
