"""What this room keeps true (see config/invariants.py), and a rule for the tables of all rooms."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey

from accounts.models import Tenant
from config.invariants import Breach, Invariant, Look, by_query

Pair = tuple[str, str, str]


def tenanted_foreign_keys() -> list[Pair]:
    """Return (table, column, table pointed to) of each foreign key between rows of tenants."""
    return sorted(
        (model._meta.db_table, field.column, field.remote_field.model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
        and _has_tenant(model)
        and _has_tenant(field.remote_field.model)
    )


def _has_tenant(model: object) -> bool:
    fields = model._meta.concrete_fields  # type: ignore[attr-defined] # a model
    return any(each.name == "tenant" and each.related_model is Tenant for each in fields)


def _strangers(_: Look) -> Iterator[Breach]:
    """Yield rows that point to a row of another tenant; new tables are found by themselves."""
    quote = connection.ops.quote_name
    for table, column, target in tenanted_foreign_keys():
        sql = (  # names of our own tables and columns
            f"SELECT a.id, a.tenant_id, b.id, b.tenant_id FROM {quote(table)} a"  # noqa: S608 - our own names
            f" JOIN {quote(target)} b ON b.id = a.{quote(column)} AND b.tenant_id <> a.tenant_id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for own, tenant, other, stranger in cursor:
                detail = f"of tenant {tenant} has {column} {other} of tenant {stranger}"
                yield Breach(f"{table}:{own}", detail)


INVARIANTS = [
    Invariant(
        "tenants_agree",
        "A row points only to rows of its own tenant (every foreign key of every table).",
        _strangers,
    ),
    by_query(
        "outbox_in_order",
        "An event leaves after it was written, and names the thing that its payload is about.",
        """
        SELECT subject, type || ', written ' || created_at || ', published '
            || coalesce(published_at::text, 'never') || ', about '
            || coalesce(payload->>'id', 'nothing')
        FROM accounts_outboxevent
        WHERE published_at < created_at - interval '5 minutes'
            OR (payload ? 'id' AND payload->>'id' <> split_part(subject, ':', 2))
        """,
    ),
    by_query(
        "audit_chain",
        "The audit log is whole: numbers without a gap, each entry hashed with the one before it, "
        "and as many as each chain has counted.",
        # The hash is computed anew, not by the function that made it.
        """
        WITH entry AS (
            SELECT *, lag(seq, 1, 0::bigint) OVER chain AS seq_before,
                lag(hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS hash_before,
                sha256(prev_hash || convert_to(jsonb_build_array(
                    'v1', id, seq, tenant_id, action, actor, subject, details, request_id,
                    address, user_agent,
                    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                )::text, 'UTF8')) AS hash_again,
                coalesce(tenant_id, '00000000-0000-0000-0000-000000000000') AS chain_id
            FROM accounts_auditentry WINDOW chain AS (PARTITION BY tenant_id ORDER BY seq)
        ), ending AS (
            SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM entry ORDER BY chain_id, seq DESC
        )
        SELECT 'audit_entry:' || id, 'number ' || seq || ' of tenant '
            || coalesce(tenant_id::text, 'none') || ', after number ' || seq_before
            || CASE WHEN prev_hash <> hash_before THEN ', not chained to it' ELSE '' END
            || CASE WHEN hash <> hash_again THEN ', changed since it was written' ELSE '' END
        FROM entry
        WHERE seq <> seq_before + 1 OR prev_hash <> hash_before OR hash <> hash_again
        UNION ALL
        SELECT 'audit_chain:' || coalesce(chain.id, ending.chain_id),
            'ends at number ' || coalesce(ending.seq, 0) || ', should at '
            || coalesce(chain.seq, 0)
        FROM accounts_auditchain chain FULL JOIN ending ON ending.chain_id = chain.id
        WHERE (chain.seq, chain.hash) IS DISTINCT FROM (ending.seq, ending.hash)
        """,
    ),
    by_query(
        "audit_guarded",
        "Nobody may change or delete what the audit log holds, and its triggers are awake.",
        """
        SELECT 'trigger:' || wanted.name, CASE tgenabled WHEN 'D' THEN 'is disabled'
            WHEN 'R' THEN 'is for replicas only' ELSE 'is gone' END
        FROM (VALUES ('audit_entry_chained'), ('audit_entry_append_only')) wanted(name)
        LEFT JOIN pg_trigger
            ON tgname = wanted.name AND tgrelid = 'accounts_auditentry'::regclass
        WHERE tgenabled IS NULL OR tgenabled NOT IN ('O', 'A')
        UNION ALL
        SELECT 'role:' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END,
            'may ' || privilege_type || ' ' || relname
        FROM pg_class, aclexplode(relacl)
        WHERE (pg_class.oid = 'accounts_auditentry'::regclass
                AND privilege_type IN ('UPDATE', 'DELETE'))
            OR (pg_class.oid = 'accounts_auditchain'::regclass
                AND privilege_type IN ('INSERT', 'UPDATE', 'DELETE') AND grantee <> relowner)
        """,
    ),
    by_query(
        "forgotten_in_time",
        "Kept answers, tickets, unverified sign-ups, counters of attempts and programs' log-ins "
        "are gone a day after the time until which they are kept.",
        """
        SELECT 'kept_outcome:' || encode(lookup, 'hex'), 'was to go ' || expires_at
        FROM accounts_keptoutcome WHERE expires_at < statement_timestamp() - interval '1 day'
        UNION ALL
        SELECT 'socket_ticket:' || left(digest, 12), 'was to go ' || expires_at
        FROM accounts_socketticket WHERE expires_at < statement_timestamp() - interval '1 day'
        UNION ALL
        SELECT 'pending_signup:' || left(digest, 12), 'was to go ' || expires_at
        FROM accounts_pendingsignup WHERE expires_at < statement_timestamp() - interval '1 day'
        UNION ALL
        SELECT 'attempt_counter:' || left(key, 12), 'was to go ' || resets_at
        FROM accounts_attemptcounter WHERE resets_at < statement_timestamp() - interval '1 day'
        UNION ALL
        -- Kept for a day more, to tell a used token from an unknown one (services/grants.py).
        SELECT 'token_grant:' || id, 'was to go ' || least(expires_at, revoked_at)
        FROM accounts_tokengrant
        WHERE least(expires_at, revoked_at) < statement_timestamp() - interval '2 days'
        """,
    ),
    by_query(
        "one_of_each",
        "A person has one membership in a tenant, an API key's first characters find one key.",
        """
        SELECT 'membership:' || min(id), 'person ' || user_id || ' twice in tenant ' || tenant_id
        FROM accounts_membership GROUP BY user_id, tenant_id HAVING count(*) > 1
        UNION ALL
        SELECT 'api_key:' || min(id::text), 'lookup of ' || count(*) || ' keys'
        FROM accounts_apikey GROUP BY lookup HAVING count(*) > 1
        """,
    ),
    by_query(
        "event_deliveries",
        "A published event has as many deliveries as were made of it, each of its own type.",
        """
        SELECT event.subject, event.type || ', deliveries made: ' || coalesce(event.deliveries, 0)
            || ', there are: ' || count(made.id) FILTER (WHERE made.cause <> 'replay')
            || coalesce(', of type ' || min(made.event_type), '')
        FROM accounts_outboxevent event
        LEFT JOIN accounts_webhookdelivery made ON made.event_id = event.id
        -- Before that, ended deliveries may have been forgotten.
        WHERE event.created_at > statement_timestamp() - interval '29 days'
        GROUP BY event.id
        HAVING count(made.id) FILTER (WHERE made.cause <> 'replay') <> coalesce(event.deliveries, 0)
            OR min(made.event_type) <> event.type OR max(made.event_type) <> event.type
        """,
    ),
    by_query(
        "delivery_attempts",
        "A delivery's attempts are numbered without a gap; it was delivered by the last one, or "
        "by none.",
        """
        SELECT 'webhook_delivery:' || delivery.id, delivery.state || ', attempts counted: '
            || delivery.attempt_count || ', there are: ' || count(attempt.id)
            || ', taken by: ' || coalesce(string_agg(attempt.number::text, ' ')
                FILTER (WHERE attempt.status BETWEEN 200 AND 299), 'none')
        FROM accounts_webhookdelivery delivery
        LEFT JOIN accounts_webhookattempt attempt ON attempt.delivery_id = delivery.id
        GROUP BY delivery.id
        HAVING count(attempt.id) <> delivery.attempt_count
            OR coalesce(max(attempt.number), 0) <> delivery.attempt_count
            OR coalesce(array_agg(attempt.number)
                FILTER (WHERE attempt.status BETWEEN 200 AND 299), '{}')
                <> CASE delivery.state WHEN 'delivered' THEN ARRAY[delivery.attempt_count]
                    ELSE '{}' END
        """,
    ),
    by_query(
        "delivery_not_stuck",
        "Nothing waits for an endpoint that is turned off, and no lease outlives its sender long.",
        """
        SELECT 'webhook_delivery:' || delivery.id, 'leased until '
            || coalesce(lease_until::text, 'never') || ', endpoint off since '
            || coalesce(endpoint.disabled_at::text, 'never')
        FROM accounts_webhookdelivery delivery
        JOIN accounts_webhookendpoint endpoint ON endpoint.id = delivery.endpoint_id
        JOIN accounts_tenant tenant ON tenant.id = delivery.tenant_id
        WHERE delivery.state = 'pending' AND tenant.suspended_at IS NULL
            AND (delivery.lease_until < statement_timestamp() - interval '1 hour'
                OR endpoint.disabled_at < statement_timestamp() - interval '1 hour')
        """,
    ),
]
