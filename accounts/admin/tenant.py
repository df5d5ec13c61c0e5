"""Tenants: limits, members, suspension."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize

from accounts.admin.audited import Audited
from accounts.admin.filters import TenantState
from accounts.admin.reasons import reason_for
from accounts.models import APIKey, Membership, Tenant
from accounts.services.default_marks import Mark, mark_rules
from accounts.services.tenants import resume_tenant, suspend_tenant
from config.errors import Invalid

STATE = ("suspended_at", "suspended_reason")


class TenantForm(forms.ModelForm):
    """A tenant whose default mark can be drawn."""

    def clean_default_watermark(self) -> Mark:
        """Return the mark as it is kept."""
        given = self.cleaned_data["default_watermark"] or {}
        if not isinstance(given, dict):
            raise forms.ValidationError("Give a JSON object of fields of a mark.")
        try:
            mark = mark_rules().check(given)
            mark_rules().hold(mark, tenant_id=self.instance.pk)
        except Invalid as error:
            told = [f"{'.'.join(each['loc'])}: {each['msg']}" for each in error.problems]
            raise forms.ValidationError(told) from error
        return mark


class MembershipInline(admin.TabularInline):
    """Who belongs to the tenant, and as what."""

    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Tenant)
class TenantAdmin(Audited):
    """Tenants with the counts that support asks for first."""

    form = TenantForm
    list_display: Any = ("name", "slug", "members", "working_keys", "created_at", "suspended_at")
    list_filter: ClassVar[Any] = (TenantState, "created_at")
    search_fields = ("name", "slug", "memberships__user__email")
    search_help_text = "Name, slug, or a member's e-mail address"
    prepopulated_fields = {"slug": ("name",)}
    actions = ("suspend", "resume")
    inlines = (MembershipInline,)
    readonly_fields: ClassVar[Any] = ("id", "created_at", *STATE)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", "slug", "id", "created_at", *STATE)}),
        (
            "Limits",
            {
                "fields": (
                    # All that the constraint compares: of others Django would not check it.
                    *("max_file_bytes", "max_pages", "max_concurrent_uploads"),
                    *("retention_days", "max_retention_days"),
                    *("requests_per_minute", "uploads_per_minute"),
                    *("monthly_documents", "monthly_pages"),
                )
            },
        ),
        ("Defaults", {"fields": ("default_watermark",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """Count in subqueries: joined, the two counts would multiply each other."""
        tenants: QuerySet[Tenant] = super().get_queryset(request)
        return tenants.annotate(
            member_count=_count(Membership.objects.all()),
            key_count=_count(APIKey.objects.filter(revoked_at__isnull=True)),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant's end is more than one row's; suspend it."""
        return False

    @admin.display(ordering="member_count")
    def members(self, tenant: Any) -> int:
        """How many people belong to it."""
        return int(tenant.member_count)

    @admin.display(description="API keys", ordering="key_count")
    def working_keys(self, tenant: Any) -> int:
        """How many of its keys are not revoked."""
        return int(tenant.key_count)

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        """Stopping a customer is not everybody's who may set a limit."""
        return request.user.has_perm("accounts.suspend_tenant")

    @admin.action(description="Suspend selected tenants", permissions=["suspend"])
    def suspend(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> HttpResponse | None:
        """Stop everybody in the tenants from working."""
        note = (
            "Nobody gets in any more, by page, key, token or socket, and is told the reason; "
            "nothing that waits begins. What runs ends."
        )
        asked = {"action": "suspend", "title": "Suspend", "note": note}
        return self._each(request, tenants, suspend_tenant, "Suspended.", asked)

    @admin.action(description="Resume selected tenants", permissions=["suspend"])
    def resume(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> HttpResponse | None:
        """Let everybody in the tenants work again."""
        note = "Everybody can work again, and what waits begins."
        asked = {"action": "resume", "title": "Resume", "note": note}
        return self._each(request, tenants, resume_tenant, "Resumed.", asked)

    def _each(
        self,
        request: HttpRequest,
        tenants: QuerySet[Tenant],
        change: Callable[..., bool],
        told: str,
        asked: dict[str, str],
    ) -> HttpResponse | None:
        reason = reason_for(request, tenants, **asked)
        if isinstance(reason, HttpResponse):
            return reason
        actor: Any = request.user
        changed = [each for each in tenants if change(actor=actor, tenant=each, reason=reason)]
        for tenant in changed:
            self.log_change(request, tenant, told)
        count = len(changed)
        self.message_user(request, f"{told} ({count} tenant{pluralize(count)})", messages.SUCCESS)
        return None


def _count(rows: QuerySet[Any]) -> Coalesce:
    """Return the number of ``rows`` that belong to the outer tenant."""
    counted = rows.filter(tenant=OuterRef("pk")).order_by().values("tenant").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)
