"""What we send, in the OpenAPI document's ``webhooks`` (3.1, 4.8.1): one for each type of event."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string
from drf_spectacular.plumbing import build_mocked_view

from accounts.event_types import EventType, known_event_types

_ID = "7d1f0a3e-5a0e-4f53-9f0d-4b6c2a1e8d47"
_HEADERS = {
    "webhook-id": ("The event's id, the same on every attempt: what makes it once.", _ID),
    "webhook-timestamp": ("Seconds since 1970 of this attempt.", "1795255200"),
    "webhook-signature": (
        "`v1,` and the Base64 of HMAC-SHA-256 over `id.timestamp.body`; several with spaces between"
        " while a secret is rotated.",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
}
_TAKEN = "Taken: any 2xx. What else comes within 15 seconds, or nothing, is tried again."
_GONE = "The endpoint wants nothing more: it is turned off."


def describe_webhooks(result: dict[str, Any], generator: Any, **_: Any) -> dict[str, Any]:
    """Post-process: add what we send, with the shapes that the rooms have named."""
    view = build_mocked_view("POST", "/", lambda mocked: mocked, generator.registry)
    schema = view.schema  # another one each time
    schema.registry = generator.registry
    result["webhooks"] = {
        each.name: {"post": _described(each, schema)} for each in known_event_types().values()
    }
    schemas = generator.registry.build({})["schemas"]
    result["components"]["schemas"] = dict(
        sorted({**schemas, **result["components"]["schemas"]}.items())
    )
    return result


def _described(kind: EventType, schema: Any) -> dict[str, Any]:
    data = schema.resolve_serializer(import_string(kind.shape), "response").ref
    example = {"id": _ID, "type": kind.name, "timestamp": "2026-11-21T10:00:00.190000Z"}
    return {
        "operationId": f"on{''.join(map(_capital, kind.name.replace('_', '.').split('.')))}",
        "summary": kind.summary,
        "tags": ["Webhooks"],
        "security": [],
        "parameters": [_header(name, *how) for name, how in _HEADERS.items()],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _message(kind, data),
                    "example": {**example, "data": dict(kind.example)},
                }
            },
        },
        "responses": {"2XX": {"description": _TAKEN}, "410": {"description": _GONE}},
    }


def _message(kind: EventType, data: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "id": {"type": "string", "format": "uuid"},
        "type": {"type": "string", "const": kind.name},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": data,
    }
    return {"type": "object", "required": [*properties], "properties": properties}


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


def _capital(word: str) -> str:
    return word.capitalize()
