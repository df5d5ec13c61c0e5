"""Who may see a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.access import principal_required
from accounts.middleware import request_principal

View = Callable[..., HttpResponseBase]


def page(scope: str) -> Callable[[View], View]:
    """Give the view its principal, who has ``scope``; visitors go to the log-in page first."""

    def decorate(view: View) -> View:
        @wraps(view)
        @principal_required(scope)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return view(request, request_principal(request), **kwargs)

        return guarded

    return decorate
