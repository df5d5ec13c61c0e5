"""API keys: found, understood, revoked; never read or forged."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.admin.filters import KeyState
from accounts.admin.readonly import LookOnly
from accounts.models import APIKey
from accounts.services.key_changes import revoke_api_key_as_staff


@admin.register(APIKey)
class APIKeyAdmin(LookOnly):
    """Keys of all tenants."""

    list_display = (
        "name",
        "display",
        "tenant",
        "environment",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (KeyState, "environment", "created_at")
    list_select_related = ("tenant",)
    search_fields = ("name", "lookup", "tenant__name", "tenant__slug")
    search_help_text = "Name, tenant, or the part of a key after cm_live_ (12 characters)"
    actions = ("revoke",)
    fields = (
        "name",
        "display",
        "tenant",
        "created_by",
        "environment",
        "scopes",
        "allowed_networks",
        "replaced_by",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )

    @admin.display(description="key")
    def display(self, key: APIKey) -> str:
        """The part of the key that may be shown."""
        return key.display

    @admin.action(description="Revoke selected API keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[APIKey]) -> None:
        """Stop the keys for good."""
        revoked = [key for key in keys if self._revoke(request, key)]
        count = len(revoked)
        self.message_user(request, f"{count} key{pluralize(count)} revoked.", messages.SUCCESS)

    def _revoke(self, request: HttpRequest, key: APIKey) -> bool:
        actor: Any = request.user
        if changed := revoke_api_key_as_staff(actor=actor, key=key):
            self.log_change(request, key, "Revoked.")
        return changed
