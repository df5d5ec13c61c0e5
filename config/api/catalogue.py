"""Every error code the API can answer with: the public list, in one place.

A code never changes its meaning or its status. Codes are declared on ``DomainError`` subclasses
beside the functions that raise them; this table adds what a reader of the documentation needs.
A test walks all subclasses and fails for a code that is not here, or here with another status.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from config.errors import DomainError


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its HTTP status, a title, and what the caller can do about it."""

    status: int
    title: str
    advice: str


CATALOGUE: dict[str, Entry] = {
    # Before anything is looked at
    "bad_request": Entry(400, "Bad request", "Correct the request; it could not be understood."),
    "malformed_json": Entry(400, "Malformed JSON", "Send a body that is valid JSON (RFC 8259)."),
    "malformed_form": Entry(400, "Malformed form", "Send a valid multipart/form-data body."),
    "request_timeout": Entry(408, "Request timeout", "Send the body faster, then try again."),
    "payload_too_large": Entry(413, "Payload too large", "Send fewer bytes."),
    "unsupported_media_type": Entry(
        415, "Unsupported media type", "Use a Content-Type that the operation documents."
    ),
    # Who and whether
    "not_authenticated": Entry(401, "Not authenticated", "Send an API key or sign in."),
    "permission_denied": Entry(
        403, "Permission denied", "Use a key or a role that has the scope named in the detail."
    ),
    "csrf_failed": Entry(403, "CSRF check failed", "Reload the page, then try again."),
    "not_found": Entry(404, "Not found", "Check the id; it is unknown or not yours."),
    "method_not_allowed": Entry(
        405, "Method not allowed", "Use a method that the Allow header names."
    ),
    # What was asked for
    "validation_error": Entry(
        422, "Validation error", "Correct each field that the detail list names."
    ),
    "conflict": Entry(409, "Conflict", "Read the object's present state first."),
    # Limits
    "quota_exceeded": Entry(402, "Quota exceeded", "Change the plan or wait for the next period."),
    "rate_limited": Entry(429, "Too many requests", "Wait for the seconds in Retry-After."),
    # Us
    "internal_error": Entry(
        500, "Internal error", "Try again later; tell us the request_id if it stays."
    ),
    "unavailable": Entry(503, "Service unavailable", "Try again after the seconds in Retry-After."),
    "overloaded": Entry(503, "Service overloaded", "Try again after the seconds in Retry-After."),
}


def title_of(error: DomainError) -> str:
    """Return the catalogue's title of an error, or its status's phrase."""
    entry = CATALOGUE.get(error.code)
    return entry.title if entry else HTTPStatus(error.status).phrase
