"""Puts the principal on the request, found out only when somebody asks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.principal import (
    SUPPORT_SESSION_KEY,
    Principal,
    SupportSessionOver,
    SupportSessionRefused,
    names_credential,
    resolve_principal,
    resolve_session,
)
from accounts.services import marketplace
from accounts.services.request_log import note_request
from accounts.services.support import record_look
from accounts.zones import enter_zone
from config.api.problems import problem_response
from config.caller import Caller, address_in, set_caller
from config.database.reach import enter_tenant
from config.request_id import current_request_id

GetResponse = Callable[[HttpRequest], HttpResponseBase]
USER_AGENT_LENGTH = 200
PRINCIPAL_KEY = "countermark.principal"


# What is somebody's own or secret, and what documents contain: whatever a support session may do.
CLOSED_TO_SUPPORT = re.compile(
    r"/accounts/(?!logout/)|/settings/(?:api-keys|webhooks|sessions|workspace|profile|notifications)/"
    r"|.*/(?:download|result|preview|picture|archive|manifest|file|export)(?:\.[a-z]+)?/?$"
    r"|.*\.pdf$"
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def principal(get_response: GetResponse) -> GetResponse:
    """Set ``request.principal``: a lazy Principal, falsy for nobody.

    Using it may raise what ``resolve_principal`` raises. Once known, the principal is also
    ``request.logged_principal``, for the log line, which must not cause a look-up of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        timezone.deactivate()  # of who asked before, in this thread
        request.principal = SimpleLazyObject(lambda: request_principal(request))  # type: ignore[attr-defined] # ours
        if CLOSED_TO_SUPPORT.match(request.path_info) and SUPPORT_SESSION_KEY in request.session:
            return problem_response(request, SupportSessionRefused())
        return get_response(request)

    return middleware


def noted(get_response: GetResponse) -> GetResponse:
    """Note calls of the API for the request log of their tenant, once they are answered."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        started = time.perf_counter()
        response = get_response(request)
        if principal := getattr(request, "logged_principal", None):
            note_request(
                principal=principal,
                method=request.method or "",
                path=request.path,
                status=response.status_code,
                seconds=time.perf_counter() - started,
                request_id=current_request_id(),
            )
        return response

    return middleware


def caller(get_response: GetResponse) -> GetResponse:
    """Keep where the request comes from, for the audit log; the client's own word is cut short."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user_agent = request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_LENGTH]
        set_caller(Caller(address_in(request.META), user_agent.replace("\0", "")))
        return get_response(request)

    return middleware


def request_principal(request: HttpRequest) -> Principal | None:
    """Return the principal of ``request``, looked up at most once.

    From then on the request reaches the principal's tenant.

    The upload lane has looked it up already, before the first byte of the body; a session that
    Django has loaded is not loaded again.
    """
    if hasattr(request, "logged_principal"):
        return request.logged_principal  # type: ignore[no-any-return] # set below
    found: Principal | None
    if PRINCIPAL_KEY in request.META:
        found = request.META[PRINCIPAL_KEY]
    elif names_credential(headers := _headers(request)):
        found = resolve_principal(headers, {}, address_in(request.META))
    else:
        found = _principal_of_cookie(request)
    request.logged_principal = found  # type: ignore[attr-defined] # ours
    if found is not None:
        enter_tenant(found.tenant_id)
        if found.support is not None:
            record_look(principal=found, method=request.method or "", path=request.path)
    return found


def _principal_of_cookie(request: HttpRequest) -> Principal | None:
    """Return who is signed in; staff whose support session is over go on as themselves."""
    is_page = not request.path_info.startswith("/api/")
    try:
        session = resolve_session(request.session, is_page=is_page)
    except SupportSessionOver:
        request.session.pop(SUPPORT_SESSION_KEY, None)
        raise
    if session is None:
        return None
    request.user, found = session
    if is_page:
        enter_zone(session[0].time_zone)
    if found.support and not found.support.may_change and request.method not in SAFE:
        raise SupportSessionRefused("This support session may only look.")
    return found


def _headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers that can carry a credential."""
    names = ("authorization", "x-api-key", *marketplace.HEADERS)
    environ = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in names}
    return {name: request.META.get(key, "") for name, key in environ.items()}
