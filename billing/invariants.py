"""What this room keeps true (see config/invariants.py)."""

from __future__ import annotations

from config.invariants import by_query

INVARIANTS = [
    by_query(
        "usage_once",
        "The ledger counts each metric of a source once.",
        """
        SELECT source, metric || ' counted ' || count(*) || ' times'
        FROM billing_usagerecord GROUP BY source, metric HAVING count(*) > 1
        """,
    ),
    by_query(
        "quota_is_ledger",
        "What a month says is used is what the ledger has charged to it.",
        """
        SELECT 'quota:' || quota.id, 'tenant ' || quota.tenant_id
            || ': documents ' || documents_used || ', ledger ' || coalesce(ledger.documents, 0)
            || '; pages ' || pages_used || ', ledger ' || coalesce(ledger.pages, 0)
        FROM billing_quota quota LEFT JOIN (
            SELECT quota_id,
                coalesce(sum(quantity) FILTER (WHERE metric = 'documents'), 0) AS documents,
                coalesce(sum(quantity) FILTER (WHERE metric = 'pages'), 0) AS pages
            FROM billing_usagerecord WHERE quota_id IS NOT NULL GROUP BY quota_id
        ) ledger ON ledger.quota_id = quota.id
        WHERE (documents_used, pages_used)
            <> (coalesce(ledger.documents, 0), coalesce(ledger.pages, 0))
        """,
    ),
    by_query(
        "quota_reserved",
        "What a month says is reserved is what its reservations hold.",
        """
        SELECT 'quota:' || quota.id, 'tenant ' || quota.tenant_id
            || ': documents ' || documents_reserved || ', held ' || coalesce(held.documents, 0)
            || '; pages ' || pages_reserved || ', held ' || coalesce(held.pages, 0)
        FROM billing_quota quota LEFT JOIN (
            SELECT quota_id, sum(documents) AS documents, sum(pages) AS pages
            FROM billing_reservation GROUP BY quota_id
        ) held ON held.quota_id = quota.id
        WHERE (documents_reserved, pages_reserved)
            <> (coalesce(held.documents, 0), coalesce(held.pages, 0))
        """,
    ),
    by_query(
        "usage_by_own_key",
        "What was used with a key was used by the key's tenant.",
        """
        SELECT usage.source, 'tenant ' || usage.tenant_id || ', key of tenant ' || key.tenant_id
        FROM billing_usagerecord usage
        JOIN accounts_apikey key ON key.id = usage.api_key_id AND key.tenant_id <> usage.tenant_id
        """,
    ),
]
