"""Which scope each method of each operation needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.principal import Principal
from config.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:  # rest_framework.views imports this module for its defaults
    from rest_framework.views import APIView

Scopes = str | tuple[str, ...]


class HasScope(BasePermission):
    """Ask for what the view declares; a view (or method) that declares nothing is refused.

    ``required_scopes = {"GET": "documents:read", "POST": ("documents:write", "jobs:write")}``;
    an empty tuple lets every principal in. HEAD needs what GET needs.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return True, or raise Unauthenticated, InsufficientScope or Forbidden."""
        principal = request.auth
        if not isinstance(principal, Principal):
            raise Unauthenticated
        method = request.method or ""
        if method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # the view's answer (a description, or 405) tells nothing
        scopes = scopes_for(view, method)
        if scopes is None:
            raise Forbidden
        for scope in scopes:
            principal.require(scope)
        return True


def scopes_for(view: APIView | type[APIView], method: str) -> tuple[str, ...] | None:
    """Return the scopes that ``view`` declares for ``method``; None for no declaration."""
    declared: Mapping[str, Scopes] = getattr(view, "required_scopes", {})
    scopes = declared.get("GET" if method == "HEAD" else method)
    return (scopes,) if isinstance(scopes, str) else scopes
