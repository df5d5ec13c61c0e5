"""Filters in words that staff use."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from accounts.event_types import known_event_types
from accounts.models import AuditAction


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


class KnownValue(admin.SimpleListFilter):
    """By a column whose values are known: to list those that there are, all rows would be read."""

    def known(self) -> list[tuple[str, str]]:
        """Return values and how people read them."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each value."""
        return self.known()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows with the chosen value."""
        chosen = self.value()
        return (
            queryset if chosen is None else queryset.filter(Q((str(self.parameter_name), chosen)))
        )


class AuditedAction(KnownValue):
    """By what was done."""

    title = parameter_name = "action"

    def known(self) -> list[tuple[str, str]]:
        """Return all actions."""
        return [(value, str(label)) for value, label in AuditAction.choices]


class EventName(KnownValue):
    """By the event's name."""

    title = "event"
    parameter_name = "type"

    def known(self) -> list[tuple[str, str]]:
        """Return all events."""
        return [(name, name) for name in known_event_types()]


class DeliveredEvent(EventName):
    """By the name of the event that is delivered."""

    parameter_name = "event_type"
