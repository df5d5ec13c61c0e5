"""What this room tells tenants of (see accounts/event_types.py)."""

from __future__ import annotations

from typing import Any

from accounts.event_types import EventType

_JOB = "documents.api.event_shapes.JobEvent"
_ID = "0197a3c4-6a3d-7c52-9d7e-3f1f7f4e2a10"
_DOCUMENT = "0197a3c4-59b1-7d0c-8a55-51a0c7b3e6f2"


def _job(state: str, **more: Any) -> dict[str, Any]:
    is_done, is_queued = state == "succeeded", state == "queued"
    return {
        "id": _ID,
        "document_id": _DOCUMENT,
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
