"""What this room tells tenants of (see accounts/event_types.py)."""

from __future__ import annotations

from typing import Any

from accounts.event_types import EventType

_JOB = "documents.api.event_shapes.JobEvent"
_BATCH = "documents.api.event_shapes.BatchEvent"
_ID = "0197a3c4-6a3d-7c52-9d7e-3f1f7f4e2a10"
_DOCUMENT = "0197a3c4-59b1-7d0c-8a55-51a0c7b3e6f2"


def _job(state: str, **more: Any) -> dict[str, Any]:
    is_done, is_queued = state == "succeeded", state == "queued"
    return {
        "id": _ID,
        "document_id": _DOCUMENT,
        "batch_id": None,
        "state": state,
        "seq": 0 if is_queued else 7,
        "progress": {
            "percent": 100 if is_done else 0,
            "page": 12 if is_done else 0,
            "pages": 12 if is_done else None,
            "stage": "done" if is_done else "",
        },
        "queue_position": None,
        "error": None,
        "attempt": 0 if is_queued else 1,
        "cancel_requested": state == "cancelled",
        "created_at": "2026-11-21T10:00:00.000000Z",
        "started_at": None if is_queued else "2026-11-21T10:00:00.050000Z",
        "finished_at": None if is_queued else "2026-11-21T10:00:00.190000Z",
        "expires_at": "2026-12-21T10:00:00.190000Z" if is_done else None,
        **more,
    }


def _batch(state: str, **counts: int) -> dict[str, Any]:
    counted = {"succeeded": 0, "failed": 0, "cancelled": 0, "expired": 0, **counts}
    ended = sum(counted.values())
    return {
        "id": _ID,
        "title": "November offers",
        "state": state,
        "seq": ended + 2,
        "counts": {"total": 50, "pending": 50 - ended, **counted},
        "percent": 2 * ended,
        "cancel_requested": state == "cancelled",
        "created_at": "2026-11-21T10:00:00.000000Z",
        "started_at": "2026-11-21T10:00:00.050000Z",
        "finished_at": None if state == "running" else "2026-11-21T10:00:02.190000Z",
    }


_FAILED = {"code": "damaged", "message": "The document is damaged.", "retryable": False}
_CREATED = {"id": _DOCUMENT, "title": "Contract", "size_bytes": 48_213, "sha256": "a3" * 32}

EVENT_TYPES = [
    EventType("job.queued", "A job was accepted and waits for a worker.", _JOB, _job("queued")),
    EventType("job.succeeded", "The marked copy is ready.", _JOB, _job("succeeded")),
    EventType(
        "job.failed", "The work could not be done.", _JOB, _job("failed", error=dict(_FAILED))
    ),
    EventType("job.cancelled", "Somebody has stopped the job.", _JOB, _job("cancelled")),
    EventType("job.expired", "The job has waited for a day.", _JOB, _job("expired")),
    EventType("batch.started", "A batch was started.", _BATCH, _batch("running")),
    EventType(
        "batch.completed",
        "All items of a batch have succeeded.",
        _BATCH,
        _batch("completed", succeeded=50),
    ),
    EventType(
        "batch.completed_with_errors",
        "A batch has ended; some items have succeeded, some have not.",
        _BATCH,
        _batch("completed_with_errors", succeeded=48, failed=2),
    ),
    EventType(
        "batch.failed",
        "A batch has ended; no item has succeeded.",
        _BATCH,
        _batch("failed", failed=50),
    ),
    EventType(
        "batch.cancelled",
        "A batch was cancelled, and nothing of it runs any more.",
        _BATCH,
        _batch("cancelled", succeeded=20, cancelled=30),
    ),
    EventType(
        "document.created",
        "A document was stored.",
        "documents.api.event_shapes.DocumentCreated",
        _CREATED,
    ),
    EventType(
        "document.deleted",
        "A document was deleted; its bytes follow.",
        "documents.api.event_shapes.DocumentDeleted",
        {"id": _DOCUMENT, "title": "Contract"},
    ),
]
