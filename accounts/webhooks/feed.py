"""The events of tenants as they come in, for those who follow them live.

An event's row is there before its transaction has been committed, so of two events the one that
was written first may be seen last. Hence each look goes back to ``OVERLAP`` before the one before
it, however long ago that was, and whoever looks knows what they have seen.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import OutboxEvent

# Longer than a transaction that tells of something takes.
OVERLAP = timedelta(seconds=30)


def recent_events(
    tenant_ids: Collection[UUID], *, looked_at: datetime | None
) -> tuple[datetime, set[UUID]]:
    """Return when this look is, and the public ids of what these tenants were told of lately.

    ``looked_at``: when the look before it was, by the same clock, the database's; None: this is
    the first. From an index alone.
    """
    now = _now()
    since = (looked_at or now) - OVERLAP
    recent = OutboxEvent.objects.filter(tenant__in=tenant_ids, created_at__gt=since)
    return now, set(recent.values_list("public_id", flat=True))


def read_events(event_ids: Collection[UUID]) -> list[tuple[UUID, dict[str, Any]]]:
    """Return the tenants of events and the events as the API's ``Event``, in their order."""
    events = OutboxEvent.objects.filter(public_id__in=event_ids).order_by("created_at", "id")
    return [(event.tenant_id, _body(event)) for event in events]


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _body(event: OutboxEvent) -> dict[str, Any]:
    return {
        "id": str(event.public_id),
        "type": event.type,
        "data": event.payload,
        "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "request_id": event.request_id,
    }
