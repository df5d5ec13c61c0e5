"""What batches look like in JSON and CSV; ``batch_shapes.py`` declares the same shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from config.csv_cells import csv_text
from documents.api.bodies import ROOT, host_of, job_path
from documents.archive import names_of
from documents.batch_progress import batch_snapshot
from documents.batch_queries import ItemRow
from documents.models import Batch
from documents.progress import rfc3339

MANIFEST = (
    *("item", "client_ref", "file_name", "archive_name", "state", "error_code"),
    *("pages", "sha256", "url"),
)


def batch_path(batch_id: object) -> str:
    """Return the path of a batch."""
    return f"{ROOT}/batches/{batch_id}/"


def batch_body(batch: Batch, base: str) -> dict[str, Any]:
    """Return a batch; ``base`` is from ``base_address``."""
    address = f"{base}{batch_path(batch.id)}"
    has_archive = batch.is_ended and batch.succeeded > 0
    return {
        **batch_snapshot(batch),
        "expires_at": rfc3339(batch.expires_at) if batch.expires_at else None,
        "config": batch.spec,
        "webhook_url": host_of(batch.webhook_url),
        "items_url": f"{address}items/",
        "manifest_url": f"{address}manifest.csv",
        "archive_url": f"{address}archive.zip" if has_archive else None,
    }


def item_body(row: ItemRow, base: str) -> dict[str, Any]:
    """Return an item."""
    return {
        "id": str(row.id),
        "position": row.position,
        "client_ref": row.client_ref,
        "file_name": row.file_name,
        "state": row.state,
        "document_id": str(row.document_id) if row.document_id else None,
        "job_id": str(row.job_id) if row.job_id else None,
        "error": _problem(row),
        "pages": row.job__pages,
        "size_bytes": row.job__result__size_bytes,
        "sha256": row.job__result__sha256,
        "created_at": rfc3339(row.created_at),
        "download_url": _download_url(row, base),
    }


def manifest_text(rows: Iterable[ItemRow], base: str) -> str:
    """Return the table of all items of a batch; no cell is a formula, whoever named the files."""
    rows = list(rows)
    return csv_text(MANIFEST, _cells(rows, base))


def _cells(rows: list[ItemRow], base: str) -> Iterator[tuple[object, ...]]:
    for row, name in zip(rows, names_of(rows), strict=True):
        code = row.problem[0] if row.problem else ""
        copy = (row.job__pages, row.job__result__sha256, _download_url(row, base))
        yield row.position, row.client_ref, row.file_name, name, row.state, code, *copy


def _problem(row: ItemRow) -> dict[str, Any] | None:
    if row.problem is None:
        return None
    code, message, retryable = row.problem
    return {"code": code, "message": message, "retryable": retryable}


def _download_url(row: ItemRow, base: str) -> str | None:
    return f"{base}{job_path(row.job_id)}result/" if row.job__result_id else None
