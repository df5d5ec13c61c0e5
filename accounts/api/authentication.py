"""Who calls the API: DRF's view of the principal."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.middleware import request_principal
from accounts.models import User
from accounts.principal import Principal
from config.api.refusals import CsrfFailed

REALM = 'Bearer realm="countermark"'


class PrincipalAuthentication(BaseAuthentication):
    """Bearer key or token, ``X-API-Key``, Basic with the key as user name, or a session.

    ``request.auth`` (and ``request.principal``) is the Principal. Only a session travels by
    itself, so only for one the CSRF token is asked. Refusals are ``resolve_principal``'s.
    """

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Principal] | None:
        """Return the session's user, if there is one, and the principal; None for nobody."""
        django_request = request._request
        principal = request_principal(django_request)
        if principal is None:
            return None
        if not principal.is_ambient:
            return AnonymousUser(), principal
        _check_csrf(django_request)
        return django_request.user, principal

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that belongs to a 401 (RFC 9110, 11.6.1)."""
        return REALM


class _CsrfCheck(CsrfViewMiddleware):
    """Tells the reason instead of answering."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _check_csrf(request: HttpRequest) -> None:
    """Raise CsrfFailed unless an unsafe request carries the token.

    DRF's views are exempt from the middleware, since keys need none.
    """
    check = _CsrfCheck(_answer)
    check.process_request(request)
    if check.process_view(request, _answer, (), {}):
        raise CsrfFailed


def _answer(request: HttpRequest) -> HttpResponse:
    """Stand in for the view, which the check wants to know only for exemptions."""
    return HttpResponse()
