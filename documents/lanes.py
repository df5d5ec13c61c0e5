"""What waits, and how long it has: for staff, who reach all tenants."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

# Each part reads one partial index; rows that have ended are in none of them. What belongs to
# suspended tenants waits on purpose, so that it stands apart.
_LANES = """
    WITH queued AS (
        SELECT tenant_id, count(*) FILTER (WHERE run_after <= statement_timestamp()) AS due,
            count(*) FILTER (WHERE run_after > statement_timestamp()) AS later,
            min(run_after) AS oldest
        FROM documents_job WHERE state = 'queued' GROUP BY tenant_id
    ), waiting AS (
        SELECT queued.*, tenant.suspended_at IS NOT NULL AS is_held
        FROM queued JOIN accounts_tenant tenant ON tenant.id = queued.tenant_id
    )
    SELECT 'due', coalesce(sum(due), 0), min(oldest) FILTER (WHERE due > 0)
        FROM waiting WHERE NOT is_held
    UNION ALL SELECT 'running', count(*), min(started_at)
        FROM documents_job WHERE state = 'running'
    UNION ALL SELECT 'later', coalesce(sum(later), 0), NULL FROM waiting WHERE NOT is_held
    UNION ALL SELECT 'held', coalesce(sum(due + later), 0), min(oldest) FROM waiting WHERE is_held
    UNION ALL SELECT 'events', count(*), min(created_at)
        FROM accounts_outboxevent WHERE published_at IS NULL
    UNION ALL SELECT 'deliveries', count(*), min(due_at)
        FROM accounts_webhookdelivery WHERE state = 'pending' AND due_at <= statement_timestamp()
    UNION ALL SELECT 'uploads', count(*), min(created_at)
        FROM documents_resumableupload
        WHERE document_id IS NULL AND expires_at > statement_timestamp()
"""
_AGED = f"""
    SELECT name, depth, extract(epoch FROM statement_timestamp() - oldest)
    FROM ({_LANES}) AS lane (name, depth, oldest)
"""  # noqa: S608 - a constant
_TENANTS = """
    SELECT tenant.id, tenant.name, tenant.slug, waiting.jobs,
        greatest(0, extract(epoch FROM statement_timestamp() - waiting.oldest))
    FROM (
        SELECT tenant_id, count(*) AS jobs, min(run_after) AS oldest
        FROM documents_job WHERE state = 'queued' GROUP BY tenant_id ORDER BY 2 DESC, 1 LIMIT %s
    ) waiting JOIN accounts_tenant tenant ON tenant.id = waiting.tenant_id
    ORDER BY waiting.jobs DESC, tenant.name
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of things that wait: how many, and for how many seconds the oldest has."""

    name: str
    depth: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class TenantWaiting:
    """What of one tenant waits."""

    tenant_id: UUID
    name: str
    slug: str
    jobs: int
    oldest_seconds: float


def lanes() -> dict[str, Lane]:
    """Return what waits, in one query; ``due``, ``running``, … by name."""
    with connection.cursor() as cursor:
        cursor.execute(_AGED)
        found = [
            Lane(name, int(depth), None if age is None else float(age))
            for name, depth, age in cursor.fetchall()
        ]
    return {lane.name: lane for lane in found}


def tenants_waiting(*, at_most: int) -> list[TenantWaiting]:
    """Return whose jobs wait, the most of them first."""
    with connection.cursor() as cursor:
        cursor.execute(_TENANTS, [at_most])
        return [TenantWaiting(*row) for row in cursor.fetchall()]
