"""The outbox: what was told, and what still waits."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.filters import EventName, EventState
from accounts.admin.readonly import LookOnly
from accounts.models import OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(LookOnly):
    """Events, newest first."""

    list_display = ("id", "type", "subject", "tenant", "created_at", "published_at", "deliveries")
    list_filter = (EventState, EventName, "created_at")
    list_select_related = ("tenant",)
    search_fields = ("subject", "request_id")
    ordering = ("-id",)
    fields = (
        "type",
        "subject",
        "tenant",
        "payload",
        "request_id",
        "created_at",
        "published_at",
        "deliveries",
    )
