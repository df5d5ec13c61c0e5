"""Memberships: who belongs where, and as what."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.audited import Audited
from accounts.models import Membership


@admin.register(Membership)
class MembershipAdmin(Audited):
    """Every place of every person, newest first."""

    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role", "created_at")
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "user__name", "tenant__name", "tenant__slug")
    search_help_text = "A person's e-mail address or name, a tenant's name or slug"
    autocomplete_fields = ("user", "tenant")
    ordering = ("-created_at", "-id")
    fields = ("user", "tenant", "role", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A place is given or taken, never moved to somebody else."""
        return ("user", "tenant", "created_at") if obj else ("created_at",)
