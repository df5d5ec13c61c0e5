"""The ledger as staff see it: nothing in it is ever changed."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.readonly import LookOnly
from billing.models import UsageRecord


@admin.register(UsageRecord)
class UsageRecordAdmin(LookOnly):
    """What was used, newest first."""

    list_display = ("occurred_at", "tenant", "metric", "quantity", "source")
    list_filter = ("metric", "occurred_at")
    list_select_related = ("tenant",)
    search_fields = ("source", "tenant__name", "tenant__slug")
    search_help_text = "Source (job:…) or tenant"
    show_full_result_count = False
