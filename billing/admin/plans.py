"""Plans, and which tenant has which."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.audited import Audited
from billing.models import Plan, Subscription
from billing.services.assigning import assign_plan
from billing.services.limits import apply_plan

STATE = ("state", "term_starts_at", "term_ends_at", "next_plan")


@admin.register(Plan)
class PlanAdmin(Audited):
    """What a plan allows counts for its tenants at once; its prices with their next month."""

    list_display = ("name", "code", "monthly_price", "yearly_price", "included_pages", "is_offered")
    list_filter = ("is_offered",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Subscriptions name plans; take it off the offer instead."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return the code of what exists: it is its key."""
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and let the plan's tenants have its limits."""
        apply_plan(plan=obj)


@admin.register(Subscription)
class SubscriptionAdmin(Audited):
    """Giving a tenant another plan begins a new month and term now."""

    list_display = ("tenant", "plan", "interval", "state", "term_ends_at", "next_plan")
    list_filter = ("plan", "interval", "state")
    list_select_related = ("tenant", "plan", "next_plan")
    search_fields = ("tenant__name", "tenant__slug")
    autocomplete_fields = ("tenant",)
    fields = ("tenant", "plan", "interval", *STATE)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Return what follows from the plan."""
        return (*STATE, "tenant") if obj else STATE

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A subscription is changed, never lost."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Give the tenant the plan."""
        actor: Any = request.user
        given = assign_plan(actor=actor, tenant=obj.tenant, plan=obj.plan, interval=obj.interval)
        obj.pk = given.pk
