"""Months of usage: counted from the tenant's ``period_anchor_at``, opened by whoever needs one.

A month that begins on the 31st ends with a shorter month and goes back to the 31st after it, since
each is counted from the anchor and not from the month before.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

# Which month holds the statement's moment, of a quota called ``quota``.
NOW_IN_QUOTA = "quota.starts_at <= statement_timestamp() AND quota.ends_at > statement_timestamp()"
# The bounds that the month of this moment has: of a tenant called ``tenant``.
BOUNDS = """
    LATERAL (
        SELECT (tenant.period_anchor_at AT TIME ZONE 'UTC'
                + make_interval(months => month)) AT TIME ZONE 'UTC' AS starts_at,
            (tenant.period_anchor_at AT TIME ZONE 'UTC'
                + make_interval(months => month + 1)) AT TIME ZONE 'UTC' AS ends_at
        FROM (
            SELECT (extract(year FROM passed) * 12 + extract(month FROM passed))::int AS about
            FROM age(statement_timestamp() AT TIME ZONE 'UTC',
                tenant.period_anchor_at AT TIME ZONE 'UTC') AS passed
        ) counted, generate_series(about - 1, about + 1) AS month
    ) bounds
"""
# In which a tenant's further pages are sold.
CURRENCY = """
    coalesce((SELECT plan.currency FROM billing_subscription subscription
        JOIN billing_plan plan ON plan.code = subscription.plan_id
        WHERE subscription.tenant_id = tenant.id), 'EUR')
"""
# Who bills them.
PROVIDER = """
    coalesce((SELECT provider FROM billing_subscription subscription
        WHERE subscription.tenant_id = tenant.id), '')
"""
_OPEN = f"""
    INSERT INTO billing_quota AS quota (id, tenant_id, starts_at, ends_at,
        documents_used, documents_reserved, pages_used, pages_reserved, bytes_used, bytes_reserved,
        included_pages, page_price, currency, provider)
    SELECT %(id)s, tenant.id, bounds.starts_at, bounds.ends_at, 0, 0, 0, 0, 0, 0,
        tenant.included_pages, tenant.page_price, {CURRENCY}, {PROVIDER}
    FROM accounts_tenant tenant, {BOUNDS}
    WHERE tenant.id = %(tenant)s AND bounds.starts_at <= statement_timestamp()
        AND bounds.ends_at > statement_timestamp()
        AND NOT EXISTS (
            SELECT FROM billing_quota quota WHERE quota.tenant_id = tenant.id AND {NOW_IN_QUOTA})
    ON CONFLICT (tenant_id, starts_at) DO NOTHING
"""  # noqa: S608 - built from constants
_CUT = """
    WITH cut AS (
        UPDATE billing_quota SET ends_at = %(at)s
        WHERE tenant_id = %(tenant)s AND starts_at < %(at)s AND ends_at > %(at)s
    )
    UPDATE accounts_tenant SET period_anchor_at = %(at)s WHERE id = %(tenant)s
"""
_PRICE = f"""
    UPDATE billing_quota quota
    SET included_pages = tenant.included_pages, page_price = tenant.page_price,
        currency = {CURRENCY}, provider = {PROVIDER}
    FROM accounts_tenant tenant
    WHERE tenant.id = %(tenant)s AND quota.tenant_id = tenant.id AND quota.starts_at >= %(since)s
"""  # noqa: S608 - built from constants


def open_month(*, tenant_id: UUID) -> None:
    """Make the row of the present month, unless it is there; of several at once one does."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, {"id": uuid.uuid4(), "tenant": tenant_id})


def begin_month(*, tenant_id: UUID, at: datetime) -> None:
    """End the month of the moment ``at`` there: the next begins then, and all others after it.

    The caller's transaction has locked the tenant's row.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CUT, {"tenant": tenant_id, "at": at})


def price_months(*, tenant_id: UUID, since: datetime) -> None:
    """Let months that somebody has opened already since a change of plan have its prices."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICE, {"tenant": tenant_id, "since": since})


def month_bounds(*, tenant_id: UUID) -> dict[str, Any]:
    """Return ``starts_at`` and ``ends_at`` of the present month, whether or not it is opened."""
    sql = f"""
        SELECT bounds.starts_at, bounds.ends_at FROM accounts_tenant tenant, {BOUNDS}
        WHERE tenant.id = %s AND bounds.starts_at <= statement_timestamp()
            AND bounds.ends_at > statement_timestamp()
    """  # noqa: S608 - built from constants
    with connection.cursor() as cursor:
        cursor.execute(sql, [tenant_id])
        starts_at, ends_at = cursor.fetchone()
    return {"starts_at": starts_at, "ends_at": ends_at}
