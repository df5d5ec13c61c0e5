"""Examples in the OpenAPI document: an endpoint, an event, a delivery that took two attempts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from accounts.event_types import offered_event_types

ENDPOINT_ID = "5b0e1a46-9f6f-4a4f-8b8b-0c1d8f0a9c11"
EVENT_ID = "7d1f0a3e-5a0e-4f53-9f0d-4b6c2a1e8d47"
DELIVERY_ID = "c2f7d9a0-1d5e-4b8e-9a43-6f2b8e0d7c35"
URL = "https://hooks.example.com/countermark"
_AT = "2026-11-21T10:00:{:02}.190000Z"

ENDPOINT: dict[str, Any] = {
    "id": ENDPOINT_ID,
    "kind": "endpoint",
    "url": URL,
    "description": "Invoice service",
    "event_types": ["job.failed", "job.succeeded"],
    "header": {"name": "X-Environment"},
    "is_enabled": True,
    "disabled_at": None,
    "disabled_reason": None,
    "failing_since": None,
    "old_secret_until": None,
    "created_at": "2026-11-20T08:00:00.000000Z",
    "updated_at": "2026-11-20T08:00:00.000000Z",
}
SECRET = {"secret": "whsec_c2VjcmV0IG9mIGFuIGV4YW1wbGUsIDMyIGJ5dGVzIQ=="}
OFF = {"is_enabled": False, "disabled_at": _AT.format(0), "disabled_reason": "by_hand"}
ROTATED = {"old_secret_until": "2026-11-22T10:00:00.190000Z"}
_DATA = {"id": "0197a3c4-6a3d-7c52-9d7e-3f1f7f4e2a10", "state": "succeeded"}
EVENT: dict[str, Any] = {
    "id": EVENT_ID,
    "type": "job.succeeded",
    "data": _DATA,
    "created_at": _AT.format(0),
    "request_id": "0f8b5c0e9d7e4c1f8a52f3a0c6f1d2b4",
}
DELIVERY: dict[str, Any] = {
    "id": DELIVERY_ID,
    "endpoint_id": ENDPOINT_ID,
    "event_id": EVENT_ID,
    "event_type": "job.succeeded",
    "url": URL,
    "cause": "event",
    "state": "delivered",
    "attempt_count": 2,
    "next_attempt_at": None,
    "last_status": 200,
    "last_error": None,
    "created_at": _AT.format(0),
    "finished_at": _AT.format(6),
}
WAITING = {
    **DELIVERY,
    "state": "pending",
    "attempt_count": 0,
    "next_attempt_at": _AT.format(0),
    "last_status": None,
    "finished_at": None,
}
TESTED = {**WAITING, "cause": "test", "event_type": "webhook.test"}
_BODY = {"id": EVENT_ID, "type": "job.succeeded", "timestamp": _AT.format(0), "data": _DATA}


def _attempt(number: int, status: int, answer: str) -> dict[str, Any]:
    return {
        "number": number,
        "url": URL,
        "request_headers": {"webhook-id": EVENT_ID, "Content-Type": "application/json"},
        "status": status,
        "error": "",
        "error_detail": "",
        "answer": answer,
        "answer_is_cut": False,
        "milliseconds": 48,
        "created_at": _AT.format(6 * number - 6),
    }


WITH_ATTEMPTS = {
    **DELIVERY,
    "body": json.dumps(_BODY, separators=(",", ":")),
    "attempts": [_attempt(1, 503, "Not now"), _attempt(2, 200, "ok")],
}
TYPES = {
    "results": [
        {"name": each.name, "summary": each.summary, "example": dict(each.example)}
        for each in offered_event_types()
    ]
}
FOLLOW = tuple(
    OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=[202],
        required=True,
        description=description,
    )
    for name, description in (
        ("Location", "Where to see how it went."),
        ("Retry-After", "Seconds to wait before looking."),
    )
)


def followed(path: str) -> dict[str, str]:
    """Return the headers of a 202: where to look, and how soon."""
    return {"Location": path, "Retry-After": "1"}


def answer(shape: Any, description: str, example: Mapping[str, Any]) -> OpenApiResponse:
    """Return an answer with its example."""
    shown = OpenApiExample("example", dict(example), response_only=True)
    return OpenApiResponse(shape, description, examples=[shown])


def page(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of one."""
    return {"results": [dict(example)], "next": None, "previous": None}
