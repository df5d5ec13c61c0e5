"""From the outbox to deliveries: each event once, to every endpoint that wants it."""

from __future__ import annotations

from django.db import connection

EVENTS_AT_ONCE = 500

# One statement, hence all or nothing: an event is marked with the very deliveries that were made
# of it. Whoever comes second finds the rows locked, and goes on to others. An endpoint that was
# made after the event is not told of it.
PUBLISH = """
    WITH due AS (
        SELECT id, tenant_id, type, callback_url, created_at FROM accounts_outboxevent
        WHERE published_at IS NULL ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), made AS (
        INSERT INTO accounts_webhookdelivery
            (id, tenant_id, endpoint_id, event_id, event_type, url, cause, state,
             attempt_count, losses, last_error)
        SELECT gen_random_uuid(), due.tenant_id, endpoint.id, due.id, due.type,
            CASE endpoint.kind WHEN 'callback' THEN due.callback_url ELSE '' END,
            'event', 'pending', 0, 0, ''
        FROM due JOIN accounts_webhookendpoint endpoint
            ON endpoint.tenant_id = due.tenant_id AND endpoint.disabled_at IS NULL
            AND endpoint.created_at <= due.created_at
            AND CASE endpoint.kind WHEN 'callback' THEN due.callback_url <> ''
                ELSE cardinality(endpoint.event_types) = 0
                    OR due.type = ANY(endpoint.event_types) END
        RETURNING event_id
    )
    UPDATE accounts_outboxevent event SET published_at = statement_timestamp(),
        deliveries = (SELECT count(*) FROM made WHERE made.event_id = event.id)
    FROM due WHERE event.id = due.id
"""


def publish_events() -> int:
    """Make the deliveries of events that have none yet; return how many events there were."""
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH, {"limit": EVENTS_AT_ONCE})
        return int(cursor.rowcount)
