"""The connection to an S3 service, and what its failures mean to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session
from urllib3.exceptions import HTTPError

from documents.storage.contract import BlobMissing, StorageAway
from documents.storage.s3.silence import Silence
from documents.storage.staging import StorageFull

log = structlog.get_logger("storage")

CONNECT_SECONDS = 3
READ_SECONDS = 20
TRIES = 3
# Uploads, downloads and looks at the same time, each with a connection of its own.
CONNECTIONS = 64

MISSING = {"NoSuchKey", "NotFound", "404"}
# Ceph says it with 403, MinIO and SeaweedFS with 507.
FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull"}


def connect(
    *,
    endpoint: str,
    region: str,
    access_key: str,
    secret_key: str,
    read_seconds: float = READ_SECONDS,
) -> Any:
    """Return a client; nothing is sent yet.

    Without an ``endpoint`` it is Amazon's; without keys they are looked for where its own tools
    look (the machine's role, for one).
    """
    client = Session().create_client(
        "s3",
        region_name=region,
        endpoint_url=endpoint or None,
        aws_access_key_id=access_key or None,
        aws_secret_access_key=secret_key or None,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=CONNECTIONS,
            # Names of buckets become host names only at Amazon.
            s3={"addressing_style": "path" if endpoint else "auto"},
            # We send checksums of our own; other services do not know all of Amazon's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    Silence().watch(client)
    return client


@contextmanager
def s3_errors() -> Iterator[None]:
    """Turn the client's errors into BlobMissing, StorageFull or StorageAway."""
    try:
        yield
    except ClientError as error:
        raise _meaning(error) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        log.warning("storage_away", error=str(error))
        raise StorageAway from error


def code_of(error: ClientError) -> str:
    """Return the service's code of an error."""
    return str(error.response["Error"]["Code"])


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an error."""
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _meaning(error: ClientError) -> Exception:
    code = code_of(error)
    if code in MISSING:
        return BlobMissing()
    if code in FULL or status_of(error) == StorageFull.status:
        return StorageFull()
    # Also what is our fault (a wrong key, no such bucket): for the caller it may pass.
    log.error("storage_refused", code=code, status=status_of(error), error=str(error))
    return StorageAway()
