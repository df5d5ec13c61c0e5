"""Reading what this room knows, in the shape that somebody shows."""

from __future__ import annotations

from typing import Any

from accounts.models import APIKey, Tenant, User
from accounts.principal import Principal


def describe_principal(principal: Principal) -> dict[str, Any]:
    """Return who ``principal`` is, with names, in two queries (what ``whoami`` shows)."""
    return {
        "tenant": Tenant.objects.values("id", "name", "slug").get(pk=principal.tenant_id),
        "user": principal.user_id
        and User.objects.values("id", "email", "name").get(pk=principal.user_id),
        "api_key": principal.api_key_id
        and APIKey.objects.values("id", "name", "expires_at").get(pk=principal.api_key_id),
        "role": principal.role,
        "environment": principal.environment,
        "scopes": sorted(principal.scopes),
    }
