"""What this room keeps true (see config/invariants.py)."""

from __future__ import annotations

from billing.catalogue import FREE, RAPIDAPI
from billing.invoice_invariants import INVOICE_INVARIANTS
from billing.models.plan import LIMITS
from config.invariants import by_query

_LIMITS = ", ".join(
    f"('{name}', tenant.{name}::text, "
    + (
        "CASE WHEN plan.page_price IS NULL OR subscription.state = 'trialing'"
        f" OR subscription.provider = '{RAPIDAPI}' THEN plan.included_pages END::text)"
        if name == "monthly_pages"
        else f"plan.{name}::text)"
    )
    for name in LIMITS
)

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
            || '; bytes ' || bytes_used || ', ledger ' || coalesce(ledger.bytes, 0)
        FROM billing_quota quota LEFT JOIN (
            SELECT quota_id,
                coalesce(sum(quantity) FILTER (WHERE metric = 'documents'), 0) AS documents,
                coalesce(sum(quantity) FILTER (WHERE metric = 'pages'), 0) AS pages,
                coalesce(sum(quantity) FILTER (WHERE metric = 'bytes'), 0) AS bytes
            FROM billing_usagerecord WHERE quota_id IS NOT NULL GROUP BY quota_id
        ) ledger ON ledger.quota_id = quota.id
        WHERE (documents_used, pages_used, bytes_used)
            <> (coalesce(ledger.documents, 0), coalesce(ledger.pages, 0), coalesce(ledger.bytes, 0))
        """,
    ),
    by_query(
        "quota_reserved",
        "What a month says is reserved is what its reservations hold.",
        """
        SELECT 'quota:' || quota.id, 'tenant ' || quota.tenant_id
            || ': documents ' || documents_reserved || ', held ' || coalesce(held.documents, 0)
            || '; pages ' || pages_reserved || ', held ' || coalesce(held.pages, 0)
            || '; bytes ' || bytes_reserved || ', held ' || coalesce(held.bytes, 0)
        FROM billing_quota quota LEFT JOIN (
            SELECT quota_id, sum(documents) AS documents, sum(pages) AS pages, sum(bytes) AS bytes
            FROM billing_reservation GROUP BY quota_id
        ) held ON held.quota_id = quota.id
        WHERE (documents_reserved, pages_reserved, bytes_reserved)
            <> (coalesce(held.documents, 0), coalesce(held.pages, 0), coalesce(held.bytes, 0))
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
    by_query(
        "usage_days_are_ledger",
        "What charts and reports add up is what the ledger has.",
        """
        SELECT 'tenant:' || coalesce(sum.tenant_id, ledger.tenant_id),
            coalesce(sum.day, ledger.day) || ', ' || coalesce(sum.operation, ledger.operation)
            || ': ' || coalesce(sum.pages::text, 'no') || ' pages, ledger '
            || coalesce(ledger.pages::text, 'none')
        FROM billing_usageday sum FULL JOIN (
            SELECT tenant_id, (occurred_at AT TIME ZONE 'UTC')::date AS day, operation,
                coalesce(api_key_id::text, '') AS key, coalesce(user_id::text, '') AS member,
                coalesce(sum(quantity) FILTER (WHERE metric = 'documents'), 0) AS documents,
                coalesce(sum(quantity) FILTER (WHERE metric = 'pages'), 0) AS pages,
                coalesce(sum(quantity) FILTER (WHERE metric = 'bytes'), 0) AS bytes
            FROM billing_usagerecord GROUP BY 1, 2, 3, 4, 5
        ) ledger ON ledger.tenant_id = sum.tenant_id AND ledger.day = sum.day
            AND ledger.operation = sum.operation
            AND ledger.key = coalesce(sum.api_key_id::text, '')
            AND ledger.member = coalesce(sum.user_id::text, '')
        WHERE (sum.documents, sum.pages, sum.bytes)
            IS DISTINCT FROM (ledger.documents, ledger.pages, ledger.bytes)
        """,
    ),
    by_query(
        "quota_months_apart",
        "The usage months of a tenant follow one another: none begins before another has ended.",
        """
        SELECT 'quota:' || a.id, 'tenant ' || a.tenant_id || ' from ' || a.starts_at
            || ', within the month from ' || b.starts_at
        FROM billing_quota a JOIN billing_quota b
            ON b.tenant_id = a.tenant_id AND b.id <> a.id
            AND a.starts_at >= b.starts_at AND a.starts_at < b.ends_at
        """,
    ),
    by_query(
        "limits_are_the_plans",
        "A tenant's limits are its plan's, but where staff have said otherwise.",
        f"""
        SELECT 'tenant:' || tenant.id, 'plan ' || plan.code || ', but ' || said.name || ' is '
            || coalesce(said.has, 'unlimited')
        FROM accounts_tenant tenant
        JOIN billing_subscription subscription ON subscription.tenant_id = tenant.id
        JOIN billing_plan plan ON plan.code = CASE WHEN subscription.state = 'restricted'
            THEN coalesce((SELECT code FROM billing_plan WHERE code = '{FREE}'),
                subscription.plan_id)
            ELSE subscription.plan_id END
        CROSS JOIN LATERAL (VALUES {_LIMITS}) AS said (name, has, wanted)
        LEFT JOIN billing_limitoverride override ON override.tenant_id = tenant.id
            AND override."limit" = said.name AND override.ended_at IS NULL
        WHERE said.has IS DISTINCT FROM
            CASE WHEN override.id IS NULL THEN said.wanted ELSE override.value::text END
        """,  # noqa: S608 - names of our own columns
    ),
    by_query(
        "key_budget_is_ledger",
        "What a key's cap counts is what the key has used and holds of the month.",
        """
        SELECT 'api_key:' || budget.api_key_id,
            'counts ' || budget.pages || ' pages, ledger and holds '
                || coalesce(used.pages, 0) + coalesce(held.pages, 0)
        FROM billing_keybudget budget, LATERAL (
            SELECT sum(quantity) AS pages FROM billing_usagerecord
            WHERE quota_id = budget.quota_id AND api_key_id = budget.api_key_id
                AND metric = 'pages') used,
        LATERAL (
            SELECT sum(pages) AS pages FROM billing_reservation
            WHERE quota_id = budget.quota_id AND api_key_id = budget.api_key_id) held
        WHERE budget.quota_id IS NOT NULL
            AND budget.pages <> coalesce(used.pages, 0) + coalesce(held.pages, 0)
        """,
    ),
    by_query(
        "managed_plan_has_account",
        "A plan that a payment provider manages is one that the tenant has there.",
        f"""
        SELECT 'tenant:' || subscription.tenant_id, 'managed by ' || subscription.provider
            || ', known there as ' || coalesce(account.customer_id, 'nobody')
        FROM billing_subscription subscription
        LEFT JOIN billing_provideraccount account ON account.tenant_id = subscription.tenant_id
        WHERE subscription.provider NOT IN ('', '{RAPIDAPI}')
                AND (account.provider IS DISTINCT FROM subscription.provider
                    OR account.subscription_id = '')
            OR subscription.provider = '{RAPIDAPI}' AND NOT EXISTS (
                SELECT FROM accounts_marketplaceaccount customer
                WHERE customer.tenant_id = subscription.tenant_id)
        """,  # noqa: S608 - built from constants
    ),
    by_query(
        "payments_within_invoice",
        "What was paid for an invoice is neither less than nothing nor more than it asks for.",
        """
        SELECT 'invoice:' || invoice.id, invoice.total || ' ' || invoice.currency || ', paid '
            || sum(payment.amount) || ' ' || min(payment.currency)
        FROM billing_payment payment JOIN billing_invoice invoice ON invoice.id = payment.invoice_id
        GROUP BY invoice.id
        HAVING sum(payment.amount) NOT BETWEEN 0 AND invoice.total
            OR bool_or(payment.currency <> invoice.currency)
        """,
    ),
    by_query(
        "meter_reports_follow",
        "What is reported of a month begins at nothing, each report where the one before ended.",
        """
        SELECT 'quota:' || quota_id, 'tenant ' || tenant_id || ': reported '
            || sum(spent_after - spent_before) || ' in pieces up to ' || max(spent_after)
        FROM billing_meterreport GROUP BY quota_id, tenant_id
        HAVING sum(spent_after - spent_before) <> max(spent_after)
        """,
    ),
    *INVOICE_INVARIANTS,
]
