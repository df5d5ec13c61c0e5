"""What staff allow a tenant beside its plan, for how long and why."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.audited import Audited
from billing.models import LimitOverride
from billing.services.limits import end_override, override_limit


@admin.register(LimitOverride)
class LimitOverrideAdmin(Audited):
    """Added and ended, never changed: what was allowed when can be read afterwards."""

    list_display = (
        *("tenant", "limit", "value", "reason", "expires_at", "ended_at"),
        *("created_by", "created_at"),
    )
    list_filter = ("limit", "ended_at")
    list_select_related = ("tenant", "created_by")
    search_fields = ("tenant__name", "tenant__slug", "reason")
    autocomplete_fields = ("tenant",)
    fields = ("tenant", "limit", "value", "reason", "expires_at")
    actions = ("end",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change may act in the list; forms are never offered."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was allowed stays written down."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Override the limit."""
        actor: Any = request.user
        made = override_limit(
            actor=actor,
            tenant=obj.tenant,
            limit=obj.limit,
            value=obj.value,
            reason=obj.reason,
            expires_at=obj.expires_at,
        )
        obj.pk = made.pk

    @admin.action(description="Give selected limits back to the plan", permissions=["change"])
    def end(self, request: HttpRequest, overrides: QuerySet[LimitOverride]) -> None:
        """End overrides."""
        actor: Any = request.user
        count = sum(end_override(actor=actor, override=each) for each in overrides)
        self.message_user(request, f"{count} ended.", messages.SUCCESS)
