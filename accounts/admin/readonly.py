"""Rows that staff may look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class LookOnly(admin.ModelAdmin):
    """Nothing is added, changed or deleted by hand; actions may still call services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only services make such rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows that others point to, or that prove something, stay."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Every field that is shown."""
        return [str(field) for field in self.get_fields(request, obj)]
