"""Rows that staff may look at."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.admin.audited import Audited


class LookOnly(Audited):
    """Nothing is added, changed or deleted by hand; actions may still call services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only services make such rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change such rows may act on them in the list; forms are never offered."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows that others point to, or that prove something, stay."""
        return False
