"""Bringing a staged file to the service: in parts, each checked there by its SHA-256."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from documents.storage.contract import BlobExists, BlobMissing, StorageAway
from documents.storage.s3.client import code_of, s3_errors, status_of
from documents.storage.staging import Staged

# What is held of a file in memory. Amazon takes parts from 5 MiB, and 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
HASH_KEY = "sha256"
# 409: somebody else is writing this key at the moment.
TAKEN = (409, 412)


class Upload:
    """One staged file on its way to one key, which it never replaces."""

    def __init__(self, client: Any, where: dict[str, str], staged: Staged) -> None:
        self._client = client
        self._where = where
        self._staged = staged
        self._described = {**where, "Metadata": {HASH_KEY: staged.sha256}}

    def run(self) -> None:
        """Upload; when this returns the service has all of it, or nothing of it is to be seen.

        Raises BlobExists, StorageFull and StorageAway.
        """
        with s3_errors():
            try:
                if self._staged.size_bytes <= PART_BYTES:
                    self._put()
                else:
                    self._put_parts()
            except ClientError as error:
                if status_of(error) not in TAKEN and code_of(error) != "NoSuchUpload":
                    raise
                # An answer may have been lost, and this was the second try.
                self._look_for_it()

    def _put(self) -> None:
        self._client.put_object(
            **self._described,
            Body=self._staged.path.read_bytes(),
            ChecksumSHA256=b64encode(bytes.fromhex(self._staged.sha256)).decode(),
            IfNoneMatch="*",
        )

    def _put_parts(self) -> None:
        begun = self._client.create_multipart_upload(**self._described, ChecksumAlgorithm="SHA256")
        upload = {**self._where, "UploadId": begun["UploadId"]}
        try:
            parts = [
                self._put_part(upload, number, part)
                for number, part in enumerate(self._parts(), start=1)
            ]
            self._client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            # What this cannot reach is found later by its age.
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**upload)
            raise

    def _put_part(self, upload: dict[str, str], number: int, part: bytes) -> dict[str, object]:
        checksum = b64encode(hashlib.sha256(part).digest()).decode()
        done = self._client.upload_part(
            **upload, PartNumber=number, Body=part, ChecksumSHA256=checksum
        )
        return {"PartNumber": number, "ETag": done["ETag"], "ChecksumSHA256": checksum}

    def _parts(self) -> Iterator[bytes]:
        """Return the file's parts; raises StorageAway when it is not what was staged."""
        whole = hashlib.sha256()
        with self._staged.path.open("rb", buffering=0) as file:
            while part := file.read(PART_BYTES):
                whole.update(part)
                yield part
        if whole.hexdigest() != self._staged.sha256:
            raise StorageAway("The staged file has changed on its disk.")

    def _look_for_it(self) -> None:
        """Return if the object is ours; raises BlobExists, or StorageAway if there is none."""
        try:
            with s3_errors():
                found = self._client.head_object(**self._where)
        except BlobMissing:
            raise StorageAway("Somebody else is writing this object, or was.") from None
        ours = (self._staged.sha256, self._staged.size_bytes)
        if (found["Metadata"].get(HASH_KEY), found["ContentLength"]) != ours:
            raise BlobExists(f"There is an object {self._where['Key']}.")
