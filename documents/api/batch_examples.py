"""Examples of batches in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from documents.api.examples import DOCUMENT_ID, HOST, JOB_ID, job_example

BATCH_ID = "3b0e9a56-6b0f-4d56-8b5b-3a41c07a1f10"
ITEM_ID = "9a6c2f4e-57f5-4c06-9f0b-2f6c7f1d3e55"
_ADDRESS = f"{HOST}/api/v1/batches/{BATCH_ID}/"


def batch_example(state: str, *, title: str = "November offers", **counts: int) -> dict[str, Any]:
    """Return a batch in ``state``; of 50 items unless ``counts`` says."""
    counted = {"succeeded": 0, "failed": 0, "cancelled": 0, "expired": 0, **counts}
    total = counted.pop("total", 50)
    ended = sum(counted.values())
    is_live = state in ("open", "running")
    return {
        "id": BATCH_ID,
        "title": title,
        "state": state,
        "seq": ended + 2,
        "counts": {"total": total, "pending": total - ended, **counted},
        "percent": ended * 100 // total if total else 0,
        "cancel_requested": state == "cancelled",
        "created_at": "2026-11-21T09:30:00.120000Z",
        "started_at": None if state == "open" else "2026-11-21T09:30:00.340000Z",
        "finished_at": None if is_live else "2026-11-21T09:30:02.410000Z",
        "expires_at": "2026-11-28T09:30:00.120000Z" if state == "open" else None,
        "config": job_example("queued")["config"],
        "webhook_url": None,
        "items_url": f"{_ADDRESS}items/",
        "manifest_url": f"{_ADDRESS}manifest.csv",
        "archive_url": None if is_live or not counted["succeeded"] else f"{_ADDRESS}archive.zip",
    }


def item_example(state: str, **more: Any) -> dict[str, Any]:
    """Return an item in ``state``, with ``more`` said of it."""
    is_marked = state == "succeeded"
    item = {
        "id": ITEM_ID,
        "position": 1,
        "client_ref": "offer-17",
        "file_name": "offer-2026-17.pdf",
        "state": state,
        "document_id": DOCUMENT_ID,
        "job_id": None if state == "pending" else JOB_ID,
        "error": None,
        "pages": 12 if is_marked else None,
        "size_bytes": 483_020 if is_marked else None,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        if is_marked
        else None,
        "created_at": "2026-11-21T09:30:00.120000Z",
        "download_url": f"{HOST}/api/v1/jobs/{JOB_ID}/result/" if is_marked else None,
    }
    return item | more


def refused_item_example() -> dict[str, Any]:
    """Return an item whose file was refused."""
    return item_example(
        "failed",
        document_id=None,
        job_id=None,
        error={
            "code": "unsupported_format",
            "message": "Send a PDF, a Word document, text or a picture.",
            "retryable": False,
        },
    )
