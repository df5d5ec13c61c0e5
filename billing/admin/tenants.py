"""Tenants with their plans and what they have used of their months."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.admin.panels import changelist
from accounts.admin.tenant import TenantAdmin
from accounts.admin.wording import count
from accounts.models import Tenant
from billing.models import Plan, Quota, Subscription

admin.site.unregister(Tenant)


class TenantPlan(admin.SimpleListFilter):
    """By plan."""

    title = "plan"
    parameter_name = "plan"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each plan, and none."""
        plans = Plan.objects.order_by("name").values_list("code", "name")
        return [*plans, ("none", "No plan")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the tenants with the chosen plan."""
        chosen = self.value()
        if chosen is None:
            return queryset
        of_plan = Subscription.objects.values("tenant")
        if chosen == "none":
            return queryset.exclude(pk__in=of_plan)
        return queryset.filter(pk__in=of_plan.filter(plan=chosen))


@admin.register(Tenant)
class TenantWithPlanAdmin(TenantAdmin):
    """The same list, with what this room knows."""

    list_display: Any = (
        *("name", "slug", "plan", "pages_now", "members", "working_keys"),
        *("created_at", "suspended_at"),
    )
    list_filter: ClassVar[Any] = (*TenantAdmin.list_filter, TenantPlan)
    readonly_fields: ClassVar[Any] = (
        *TenantAdmin.readonly_fields,
        *("plan", "pages_now", "overrides"),
    )
    fieldsets: ClassVar[Any] = (
        *TenantAdmin.fieldsets[:1],
        ("Plan", {"fields": ("plan", "pages_now", "overrides")}),
        *TenantAdmin.fieldsets[1:],
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """Look plan and month up for each row, by their indexes."""
        mine = {"tenant": OuterRef("pk")}
        month = Quota.objects.filter(**mine, starts_at__lte=Now(), ends_at__gt=Now())
        plan = Subscription.objects.filter(**mine).values("plan__name")[:1]
        used = Coalesce(Subquery(month.order_by("-starts_at").values("pages_used")[:1]), 0)
        return super().get_queryset(request).annotate(plan_name=Subquery(plan), used_now=used)

    @admin.display(ordering=F("plan_name").asc(nulls_last=True), empty_value="none")
    def plan(self, tenant: Any) -> str | None:
        """What it pays for."""
        name: str | None = tenant.plan_name
        return name

    @admin.display(description="pages this month", ordering="used_now")
    def pages_now(self, tenant: Any) -> str:
        """What it has used of what."""
        limit = tenant.monthly_pages
        return count(tenant.used_now) + ("" if limit is None else f" of {count(limit)}")

    @admin.display(description="limits beside the plan")
    def overrides(self, tenant: Tenant) -> str:
        """Where staff allow something else, for how long and why."""
        address = changelist("billing_limitoverride", q=tenant.slug)
        return format_html('<a href="{}">See and set them</a>', address)
