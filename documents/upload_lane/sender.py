"""Who sends bytes: found out from the headers, before the first of them is read."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIRequest

from accounts.csrf import refuse_other_sites, require_token
from accounts.principal import Principal, resolve_principal
from config.caller import address_in
from config.errors import Unauthenticated
from config.wire.environ import build_environ
from config.wire.types import Scope


def head_of(scope: Scope) -> WSGIRequest:
    """Return the request without its body, which is still to come."""
    # And without its type, else Django would take the body for a broken form.
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return WSGIRequest(build_environ({**scope, "headers": headers}, b""))


def sender_of(head: WSGIRequest, *, is_page: bool = False) -> Principal:
    """Return who sends, looked up with queries.

    A session must show by a header that a page of ours sends: the token, or for a page's own form,
    whose token lies in the body, at least its Origin. Raises Unauthenticated, InvalidCredentials,
    CsrfFailed, TenantSuspended and NoWorkspace.
    """
    named = {name.lower(): value for name, value in head.headers.items()}
    principal = resolve_principal(named, head.COOKIES, address_in(head.META))
    if principal is None:
        raise Unauthenticated
    if principal.is_ambient:
        (refuse_other_sites if is_page else require_token)(head)
    return principal
