"""Filters in words that staff use."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest


class StateFilter(admin.SimpleListFilter):
    """By a state that no column holds: ``states`` maps each name to its condition."""

    title = "state"
    parameter_name = "state"
    states: dict[str, Q]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each state."""
        return [(name, name.capitalize()) for name in self.states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows in the chosen state; all for none, or one that does not exist."""
        return queryset.filter(self.states.get(self.value() or "", Q()))


class TenantState(StateFilter):
    """Whether the tenant's people can work."""

    states = {
        "working": Q(suspended_at__isnull=True),
        "suspended": Q(suspended_at__isnull=False),
    }


class KeyState(StateFilter):
    """Whether the key works, and if not, why."""

    states = {
        "working": Q(revoked_at__isnull=True)
        & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now())),
        "expired": Q(revoked_at__isnull=True, expires_at__lte=Now()),
        "revoked": Q(revoked_at__isnull=False),
    }


class EndpointState(StateFilter):
    """Whether events get to the endpoint."""

    states = {
        "working": Q(disabled_at__isnull=True, failing_since__isnull=True),
        "failing": Q(disabled_at__isnull=True, failing_since__isnull=False),
        "off": Q(disabled_at__isnull=False, deleted_at__isnull=True),
        "deleted": Q(deleted_at__isnull=False),
    }


class EventState(StateFilter):
    """Whether the event has left."""

    states = {
        "waiting": Q(published_at__isnull=True),
        "published": Q(published_at__isnull=False),
    }
