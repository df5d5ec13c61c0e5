"""The headers of answers, each described once: components of the OpenAPI document."""

from __future__ import annotations

from typing import Any

Header = dict[str, Any]


def _header(description: str, example: Any, *, required: bool = False, **schema: Any) -> Header:
    return {
        "description": description,
        "required": required,
        "schema": {"type": "string", **schema},
        "example": example,
    }


_SECONDS: dict[str, Any] = {"type": "integer", "minimum": 1}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
COMPONENTS: dict[str, Header] = {
    "X-Request-ID": _header(
        "The id of this request: yours, if it was acceptable, else a new one.",
        "0f8b5c0e9d7e4c1f8a52f3a0c6f1d2b4",
        required=True,
        minLength=8,
        maxLength=64,
    ),
    "RateLimit-Policy": _header(
        "The limit that counts for this credential, where there is one: so many requests (`q`) in"
        " so many seconds (`w`).",
        '"requests";q=600;w=60',
    ),
    "RateLimit": _header(
        "How many more (`r`), and in how many seconds there is more room (`t`).",
        '"requests";r=598;t=60',
    ),
    "X-RateLimit-Limit": _header("`q` of `RateLimit-Policy`, for older clients.", 600, **_COUNT),
    "X-RateLimit-Remaining": _header("`r` of `RateLimit`, for older clients.", 598, **_COUNT),
    "X-RateLimit-Reset": _header("`t` of `RateLimit`, for older clients.", 60, **_COUNT),
    "Retry-After": _header("Seconds to wait before trying again.", 2, required=True, **_SECONDS),
    "WWW-Authenticate": _header(
        "How to authenticate (RFC 9110, 11.6.1), and with `error` what was wrong with the"
        " credential that was sent (RFC 6750, 3).",
        'Bearer realm="countermark", error="invalid_token"',
        required=True,
    ),
}
# On every answer, and on every one to somebody whom a limit counts for.
ALWAYS = ("X-Request-ID",)
RATE = tuple(name for name in COMPONENTS if "RateLimit" in name)
# What headers that operations describe look like, where they do not say it themselves.
EXAMPLES: dict[str, Any] = {
    "Location": "/api/v1/jobs/7d9f4f1c-5a0b-4c67-8a44-0a4b7f1f2c9e/",
    "Retry-After": "1",
    "ETag": '"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"',
    "Content-Disposition": 'attachment; filename="offer-2026-17.pdf"',
    "Content-Range": "bytes 0-1023/482133",
    "Accept-Ranges": "bytes",
    "Preference-Applied": "wait=20",
    "Upload-Offset": 131_072,
    "Upload-Length": 482_133,
    "Upload-Expires": "Sun, 22 Nov 2026 09:30:00 GMT",
    "Upload-Metadata": "filename b2ZmZXItMjAyNi0xNy5wZGY=",
    "Idempotency-Replayed": "true",
    "Deprecation": "@1798761600",
    "Sunset": "Thu, 31 Dec 2026 23:59:59 GMT",
}


def reference(name: str) -> dict[str, str]:
    """Return a reference to a component."""
    return {"$ref": f"#/components/headers/{name}"}
