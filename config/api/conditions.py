"""Conditional requests on rows that carry a version (RFC 9110, 13; RFC 6585, 3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import DomainError


class PreconditionRequired(DomainError):
    """A change without a word on which version it is meant for."""

    code = "precondition_required"
    status = 428
    message = "Say which version you have seen: If-Match with its ETag."


class PreconditionFailed(DomainError):
    """It is not the version that the caller has seen."""

    code = "precondition_failed"
    status = 412
    message = "This has been changed meanwhile. Fetch it again."


def version_etag(version: int) -> str:
    """Return the ETag of a row's version."""
    return f'"{version}"'


def versions_seen(request: Request, in_body: int | None = None) -> set[int] | None:
    """Return which versions a change may overwrite; None for whichever there is (``*``).

    ``in_body`` is a version that the body names; with ``If-Match`` as well both count. An ETag
    that no version of ours has matches none. Raises PreconditionRequired.
    """
    condition = request.headers.get("If-Match")
    if condition is None:
        if in_body is None:
            raise PreconditionRequired
        return {in_body}
    etags = parse_etags(condition)
    body = None if in_body is None else {in_body}
    if "*" in etags:
        return body
    seen = {int(etag[1:-1]) for etag in etags if _is_version(etag)}
    return seen if body is None else seen & body


def shown_version(request: Request, body: dict[str, Any], version: int) -> Response | HttpResponse:
    """Answer a GET with ``body`` and its ETag, or 304 to who has it; raises PreconditionFailed."""
    etag = version_etag(version)
    answer = get_conditional_response(request._request, etag=etag)
    if answer is None:
        return Response(body, headers={"ETag": etag})
    if answer.status_code == PreconditionFailed.status:
        raise PreconditionFailed
    answer["ETag"] = etag
    return answer


def _is_version(etag: str) -> bool:
    digits = etag[1:-1]
    return etag.startswith('"') and digits.isascii() and digits.isdigit() and len(digits) < 10
