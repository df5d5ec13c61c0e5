"""Processes that work behind the pages."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.readonly import LookOnly
from accounts.models import Pulse


@admin.register(Pulse)
class PulseAdmin(LookOnly):
    """Who has told that it lives, and when."""

    list_display = ("name", "kind", "began_at", "seen_at")
    list_filter = ("kind",)
