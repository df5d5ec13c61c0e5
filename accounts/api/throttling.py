"""The limit on requests, at the API's door: DRF's own throttles let through five times as many."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.principal import Principal
from accounts.services.rates import take


class CredentialThrottle(BaseThrottle):
    """Counts each request of a credential; who has none is counted where credentials are made."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Return True, or raise RateExceeded; the answer tells what is left (config/api)."""
        if isinstance(request.auth, Principal):
            taken = take(principal=request.auth, what="requests")
            request._request.rate_taken = taken  # type: ignore[attr-defined] # ours
        return True
