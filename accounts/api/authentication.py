"""Who calls the API: DRF's view of the principal."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.csrf import require_token
from accounts.middleware import request_principal
from accounts.models import User
from accounts.principal import Principal

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
        require_token(django_request)  # DRF's views are exempt from the middleware
        return django_request.user, principal

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that belongs to a 401 (RFC 9110, 11.6.1)."""
        return REALM
