"""The audit log: to be read."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.filters import AuditedAction
from accounts.admin.readonly import LookOnly
from accounts.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(LookOnly):
    """Entries of all tenants, newest first."""

    list_display = ("created_at", "action", "subject", "actor", "tenant", "seq")
    list_filter = (AuditedAction, "created_at")
    list_select_related = ("tenant",)
    search_fields = ("subject", "actor", "request_id", "tenant__slug")
    search_help_text = "Subject (job:…), actor (user:…), request, or the short name of a tenant"
    fields = (
        *("created_at", "action", "subject", "actor", "tenant", "details"),
        *("request_id", "address", "user_agent", "seq", "chained_by"),
    )

    @admin.display(description="hash")
    def chained_by(self, entry: AuditEntry) -> str:
        """The entry's hash, which the next one holds as well."""
        return bytes(entry.hash).hex()
