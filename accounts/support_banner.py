"""What every page says while staff look at a tenant's workspace."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.principal import SUPPORT_SESSION_KEY, Support
from config.errors import DomainError


def support_banner(request: HttpRequest) -> dict[str, Any]:
    """Return the support session of this request, found out when a template asks."""
    return {"support": SimpleLazyObject(lambda: _support_of(request))}


def _support_of(request: HttpRequest) -> Support | None:
    session = getattr(request, "session", None)
    # Without a key nobody is signed in, and no row is asked for.
    if session is None or session.session_key is None or SUPPORT_SESSION_KEY not in session:
        return None
    try:
        principal = getattr(request, "principal", None)
        return principal.support if principal else None
    except DomainError:
        return None
