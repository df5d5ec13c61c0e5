"""What there is to count of tenants and of what leaves the house (config/metrics)."""

from __future__ import annotations

from config.metrics.number import Number

METRICS = [
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
