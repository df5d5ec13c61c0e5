"""Puts the principal on the request, found out only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts.principal import Principal, names_credential, resolve_principal, resolve_session
from accounts.services import marketplace
from config.caller import Caller, address_in, set_caller
from config.database.reach import enter_tenant

GetResponse = Callable[[HttpRequest], HttpResponseBase]
USER_AGENT_LENGTH = 200
PRINCIPAL_KEY = "countermark.principal"


def principal(get_response: GetResponse) -> GetResponse:
    """Set ``request.principal``: a lazy Principal, falsy for nobody.

    Using it may raise what ``resolve_principal`` raises. Once known, the principal is also
    ``request.logged_principal``, for the log line, which must not cause a look-up of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.principal = SimpleLazyObject(lambda: request_principal(request))  # type: ignore[attr-defined] # ours
        return get_response(request)

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
    elif session := resolve_session(request.session):
        request.user, found = session
    else:
        found = None
    request.logged_principal = found  # type: ignore[attr-defined] # ours
    if found is not None:
        enter_tenant(found.tenant_id)
    return found


def _headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers that can carry a credential."""
    names = ("authorization", "x-api-key", *marketplace.HEADERS)
    environ = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in names}
    return {name: request.META.get(key, "") for name, key in environ.items()}
