"""What a Prometheus server is told of usage and money: of the same rows as reports."""

from __future__ import annotations

from config.metrics.number import Number

METRICS = [
    Number(
        "usage_today",
        "What all tenants have used on this day (UTC).",
        """
        SELECT metric, sum(quantity) FROM billing_usageday, LATERAL (VALUES
            ('documents', documents), ('pages', pages), ('bytes', bytes)) AS used (metric, quantity)
        WHERE day = (statement_timestamp() AT TIME ZONE 'UTC')::date GROUP BY metric
        """,
        labels=("metric",),
    ),
    Number(
        "subscriptions",
        "Tenants of each plan.",
        "SELECT plan_id, state, count(*) FROM billing_subscription GROUP BY plan_id, state",
        labels=("plan", "state"),
    ),
    Number(
        "reservations",
        "Pieces of work under way that hold a part of a month.",
        "SELECT count(*) FROM billing_reservation",
    ),
    Number(
        "alerts_unsent",
        "Alerts on usage that nobody was mailed yet.",
        "SELECT count(*) FROM billing_usagealert WHERE mailed_at IS NULL",
    ),
    Number(
        "invoices_unsent",
        "Invoices and credit notes that nobody was mailed yet.",
        "SELECT count(*) FROM billing_invoicemail WHERE mailed_at IS NULL",
    ),
    Number(
        "months_to_close",
        "Usage months that have ended and are not closed.",
        "SELECT count(*) FROM billing_quota"
        " WHERE closed_at IS NULL AND ends_at <= statement_timestamp()",
    ),
    Number(
        "provider_waiting",
        "What waits for the payment provider, or was given up and waits for staff.",
        """
        SELECT 'events', count(*) FROM billing_providerevent WHERE state = 'pending'
        UNION ALL SELECT 'accounts_failing', count(*) FROM billing_provideraccount
            WHERE failures > 0
        UNION ALL SELECT 'reports', count(*) FROM billing_meterreport WHERE try_at IS NOT NULL
        UNION ALL SELECT 'reports_failed', count(*) FROM billing_meterreport
            WHERE failed_at IS NOT NULL
        """,
        labels=("what",),
    ),
]
