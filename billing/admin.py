"""The ledger as staff see it: nothing in it is ever changed."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.readonly import LookOnly
from billing.models import Quota, UsageRecord


@admin.register(Quota)
class QuotaAdmin(LookOnly):
    """What tenants have used of their months; the limits are on the tenant."""

    list_display = (
        *("starts_on", "tenant", "documents_used", "documents_reserved"),
        *("pages_used", "pages_reserved"),
    )
    list_filter = ("starts_on",)
    list_select_related = ("tenant",)
    search_fields = ("tenant__name", "tenant__slug")
    search_help_text = "Tenant"
    show_full_result_count = False


@admin.register(UsageRecord)
class UsageRecordAdmin(LookOnly):
    """What was used, newest first."""

    list_display = ("occurred_at", "tenant", "metric", "quantity", "source")
    list_filter = ("metric", "occurred_at")
    list_select_related = ("tenant",)
    search_fields = ("source", "tenant__name", "tenant__slug")
    search_help_text = "Source (job:…) or tenant"
    show_full_result_count = False
