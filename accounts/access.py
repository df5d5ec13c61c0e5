"""Keeping nobody out of, and people in, the web pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def principal_required(*scopes: str) -> Callable[[View], View]:
    """Decorate a page that needs somebody with ``scopes``; nobody is sent to log in first.

    Raises InsufficientScope, TenantSuspended and NoWorkspace inside the view's call, so that
    they end as pages of their own.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            principal = request.principal  # type: ignore[attr-defined] # accounts.middleware
            if not principal:
                return redirect_to_login(request.get_full_path())
            for scope in scopes:
                principal.require(scope)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
