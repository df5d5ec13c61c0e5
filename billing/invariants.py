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
        "usage_by_own_key",
        "What was used with a key was used by the key's tenant.",
        """
        SELECT usage.source, 'tenant ' || usage.tenant_id || ', key of tenant ' || key.tenant_id
        FROM billing_usagerecord usage
        JOIN accounts_apikey key ON key.id = usage.api_key_id AND key.tenant_id <> usage.tenant_id
        """,
    ),
]
