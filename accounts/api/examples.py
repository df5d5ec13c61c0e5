"""Examples of this room's answers in the OpenAPI document; tests hold them against the schema."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

_TENANT = {"id": "0b7f4a5e-2f0d-4c43-8a8e-7a0b7a0e6c11", "name": "Acme", "slug": "acme"}
_USER = {
    "id": "5c1f6b0a-9f38-4a0e-8f5e-6b9f1d2c3a44",
    "email": "ada@example.org",
    "name": "Ada Lovelace",
}
A_PERSON = OpenApiExample(
    "person",
    {
        "kind": "access_token",
        "tenant": _TENANT,
        "user": _USER,
        "api_key": None,
        "role": "viewer",
        "environment": "live",
        "scopes": ["documents:read", "jobs:read", "usage:read"],
        "expires_at": "2026-11-21T09:40:00Z",
    },
)
A_KEY = OpenApiExample(
    "key",
    {
        "kind": "api_key",
        "tenant": _TENANT,
        "user": None,
        "api_key": {
            "id": "9a4b1f7e-6c2d-4f8a-9b3e-2d1c0f5e7a66",
            "name": "Archive",
            "expires_at": None,
            "allowed_networks": ["203.0.113.0/24"],
        },
        "role": None,
        "environment": "live",
        "scopes": ["documents:write", "jobs:read", "jobs:write"],
        "expires_at": None,
    },
)
AUDIT_ENTRIES = OpenApiExample(
    "page",
    {
        "results": [
            {
                "id": "3d2e1f0a-4b5c-4d6e-8f70-8192a3b4c5d6",
                "seq": 42,
                "action": "document.deleted",
                "actor": f"user:{_USER['id']}",
                "subject": "document:1f0c3a52-6f0e-4a54-9d3b-52f7b8f1f6d0",
                "details": {
                    "size_bytes": 482_133,
                    "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                },
                "created_at": "2026-11-21T09:30:00.120000Z",
                "request_id": "0f8b5c0e9d7e4c1f8a52f3a0c6f1d2b4",
                "address": "192.0.2.7",
                "user_agent": "curl/8.14.1",
                "prev_hash": "5f" * 32,
                "hash": "a7" * 32,
            }
        ],
        "next": None,
        "previous": None,
    },
)
TICKET = OpenApiExample(
    "ticket",
    {
        "ticket": "cm_ticket_Zr3v9qT0mB7xK2cW5nL8sD1fG4hJ6pYa",
        "expires_at": "2026-11-21T09:31:00.120000Z",
    },
)
