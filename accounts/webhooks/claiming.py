"""Which deliveries are attempted now: due ones, endpoint by endpoint, under a lease.

An endpoint has only so many attempts under way, and so has a tenant: whoever hangs keeps its own
events waiting and leaves room to all others. One that has failed again and again is asked less
often, with one attempt at a time, until it answers (a circuit breaker).
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from accounts.models import WebhookDelivery

ATTEMPTS_AT_ONCE_OF_ENDPOINT = 8
# Beside the time of an attempt: for reading rows before it and writing them after it.
LEASE_MARGIN_SECONDS = 15
# So many failures in a row open the breaker.
BREAKER_AFTER = 5
# What the claim is decided by is counted in rows, so it is decided by one sender at a time.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('accounts_webhookdelivery claim'))"

_DUE = """
    SELECT EXISTS (SELECT FROM accounts_webhookdelivery
        WHERE state = 'pending' AND due_at <= statement_timestamp())
"""

_CLAIM = """
    WITH RECURSIVE waiting(endpoint_id) AS (
        (SELECT endpoint_id FROM accounts_webhookdelivery
         WHERE state = 'pending' ORDER BY endpoint_id LIMIT 1)
        UNION ALL
        SELECT (SELECT other.endpoint_id FROM accounts_webhookdelivery other
                WHERE other.state = 'pending' AND other.endpoint_id > waiting.endpoint_id
                ORDER BY other.endpoint_id LIMIT 1)
        FROM waiting WHERE waiting.endpoint_id IS NOT NULL
    ), flying AS (
        SELECT endpoint_id, tenant_id, count(*) AS attempts FROM accounts_webhookdelivery
        WHERE lease_until > statement_timestamp() GROUP BY endpoint_id, tenant_id
    ), flying_of_tenant AS (
        SELECT tenant_id, sum(attempts) AS attempts FROM flying GROUP BY tenant_id
    ), chosen AS (
        SELECT due.id, due.due_at, row_number() OVER (
                PARTITION BY endpoint.tenant_id
                ORDER BY due.turn + coalesce(flying.attempts, 0), due.due_at, due.id
            ) + coalesce(flying_of_tenant.attempts, 0) AS turn
        FROM waiting
        JOIN accounts_webhookendpoint endpoint ON endpoint.id = waiting.endpoint_id
            AND endpoint.disabled_at IS NULL
            AND (endpoint.paused_until IS NULL OR endpoint.paused_until <= statement_timestamp())
        JOIN accounts_tenant tenant ON tenant.id = endpoint.tenant_id
            AND tenant.suspended_at IS NULL
        LEFT JOIN flying ON flying.endpoint_id = endpoint.id
        LEFT JOIN flying_of_tenant ON flying_of_tenant.tenant_id = endpoint.tenant_id
        CROSS JOIN LATERAL (
            SELECT id, due_at, row_number() OVER (ORDER BY due_at, id) AS turn FROM (
                SELECT id, due_at FROM accounts_webhookdelivery delivery
                WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending'
                    AND delivery.due_at <= statement_timestamp()
                    AND (lease_until IS NULL OR lease_until <= statement_timestamp())
                ORDER BY delivery.due_at, delivery.id
                LIMIT greatest(0, CASE WHEN endpoint.failures >= %(breaker)s THEN 1
                    ELSE %(of_endpoint)s END - coalesce(flying.attempts, 0))
            ) first
        ) due
    ), taken AS (
        SELECT delivery.id FROM accounts_webhookdelivery delivery
        JOIN (SELECT id FROM chosen WHERE turn <= %(of_tenant)s
              ORDER BY turn, due_at, id LIMIT %(room)s) best ON best.id = delivery.id
        WHERE delivery.state = 'pending' FOR UPDATE OF delivery SKIP LOCKED
    )
    UPDATE accounts_webhookdelivery delivery SET lease_token = gen_random_uuid(),
        losses = losses + (lease_token IS NOT NULL)::int,
        lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
    FROM taken WHERE delivery.id = taken.id
    RETURNING delivery.id
"""


def claim_deliveries(room: int) -> list[WebhookDelivery]:
    """Lease up to ``room`` due deliveries; return them with their endpoints and events."""
    if room <= 0 or not _is_anything_due():
        return []
    given = {
        "room": room,
        "of_endpoint": ATTEMPTS_AT_ONCE_OF_ENDPOINT,
        "of_tenant": max(1, settings.WEBHOOK_CONCURRENCY // 2),
        "breaker": BREAKER_AFTER,
        "lease": settings.WEBHOOK_TIMEOUT_SECONDS + LEASE_MARGIN_SECONDS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_CLAIM, given)
        ids: list[UUID] = [row[0] for row in cursor.fetchall()]
    taken = WebhookDelivery.objects.filter(pk__in=ids).select_related("endpoint", "event")
    return list(taken.order_by("due_at", "id"))


def _is_anything_due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return bool(cursor.fetchone()[0])
