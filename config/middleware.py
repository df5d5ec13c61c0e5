"""Middleware of the whole site, outermost first in ``settings.MIDDLEWARE``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.database.reach import no_tenant
from config.metrics.requests import count_request
from config.request_id import HEADER, choose_request_id, set_request_id

# Who reads this part of an address may choose somebody's password, or join in their place.
_SECRET_LINK = re.compile(
    r"((?<=/password/reset/key/)(?!done/)|(?<=/accounts/join/)|(?<=/accounts/verify/)"
    r"|(?<=/accounts/email/))[^/]+"
)

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger("http")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Whatever is answered, by whatever layer; a view may say something else of its page.
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Asked every few seconds; a line each would only fill the log.
MACHINES_ASK = frozenset({"/health", "/ready", "/metrics"})
# After logging out the back button must find nothing, nor may who shares the computer.
KEPT_BY_NOBODY = "private, no-store"


def walled(get_response: GetResponse) -> GetResponse:
    """Begin each request with a reach of no tenant; whoever finds out who asks widens it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with no_tenant():
            return get_response(request)

    return middleware


def request_log(get_response: GetResponse) -> GetResponse:
    """Give each request an id; write one line and count it when it is answered."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = choose_request_id(request.headers.get(HEADER))
        set_request_id(request_id)
        response = get_response(request)
        response[HEADER] = request_id
        seconds = time.perf_counter() - started
        count_request(
            method=request.method or "",
            route=_route(request),
            status=response.status_code,
            seconds=seconds,
        )
        if request.path not in MACHINES_ASK:
            principal = getattr(request, "logged_principal", None)
            log.info(
                "request",
                method=request.method,
                path=_SECRET_LINK.sub("…", request.path),
                status=response.status_code,
                milliseconds=round(seconds * 1000, 1),
                tenant=str(principal.tenant_id) if principal else None,
            )
        return response

    return middleware


def _route(request: HttpRequest) -> str:
    """Return the pattern of the address; nothing for what no address or lane has taken."""
    match = request.resolver_match
    return match.route if match else ""


def security_headers(get_response: GetResponse) -> GetResponse:
    """Set them on every answer, errors and redirects included; outside all that could answer.

    No answer may be kept by anybody, unless its view says who may.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
        return response

    return middleware


def api_trailing_slash(get_response: GetResponse) -> GetResponse:
    """Serve ``/api/…`` without its last slash as with it, so that no POST loses its body.

    What has a dot in its last part is a file, such as a picture: it has no slash.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        last = request.path_info.rpartition("/")[2]
        if f"{request.path_info}/".startswith("/api/") and last and "." not in last:
            request.path_info += "/"
            request.path += "/"
        return get_response(request)

    return middleware
