"""What there is to count of tenants and of what leaves the house (config/metrics)."""

from __future__ import annotations

from config.metrics.number import Number

METRICS = [
    Number(
        "processes",
        "Workers, relays and senders that have told within half a minute that they live.",
        """
        SELECT kind, count(*) FROM accounts_pulse
        WHERE seen_at > statement_timestamp() - interval '30 seconds' GROUP BY kind
        """,
        labels=("kind",),
    ),
    Number(
        "tenants",
        "Tenants, by whether staff have stopped them.",
        """
        SELECT CASE WHEN suspended_at IS NULL THEN 'active' ELSE 'suspended' END, count(*)
        FROM accounts_tenant GROUP BY 1
        """,
        labels=("state",),
    ),
]
