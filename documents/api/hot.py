"""The question that programs repeat, answered without what only other requests need.

Who waits for a job asks for it every second or so. Django's sessions, forms and messages and DRF's
dispatch take twice as long as finding the row. So the answer of the usual case is given in front of
them, by the same functions; whatever is not usual (no such job, a bad credential, a limit reached,
a cookie, anything in the query) goes on to the operation itself and is answered there.
"""

from __future__ import annotations

import re
from functools import cache
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

from accounts.middleware import request_principal
from accounts.services.rates import take
from config.api.rate_headers import rate_headers
from config.errors import DomainError
from config.middleware import GetResponse
from documents.api.bodies import base_address, shown_job

SCOPE = "jobs:read"
# As DRF writes it.
COMPACT = {"ensure_ascii": False, "separators": (",", ":")}
_JOB = re.compile(
    "/api/v1/jobs/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/", re.ASCII
)


def hot_reads(get_response: GetResponse) -> GetResponse:
    """Answer GET of one job for who shows a key or a token; everything else goes on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _job(request) or get_response(request)

    return middleware


def _job(request: HttpRequest) -> JsonResponse | None:
    if request.method != "GET" or request.META["QUERY_STRING"]:
        return None
    match = _JOB.fullmatch(request.path_info)
    if match is None or "HTTP_AUTHORIZATION" not in request.META:
        return None
    try:
        principal = request_principal(request)
        if principal is None or principal.is_ambient:
            return None
        principal.require(SCOPE)
        body = shown_job(principal, UUID(match[1]), base_address(request))
        taken = take(principal=principal, what="requests")
    except DomainError:
        return None
    request.resolver_match = _operation()  # whose requests are counted (config/metrics)
    headers = {"Allow": "GET, HEAD", **rate_headers(taken)}
    response = JsonResponse(body, headers=headers, json_dumps_params=COMPACT)
    response["Content-Length"] = str(len(response.content))
    return response


@cache
def _operation() -> ResolverMatch:
    return resolve(f"/api/v1/jobs/{UUID(int=0)}/")
