"""Terms: between which moments a plan holds at which price; all by the database's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from billing.models import Interval, Plan, Subscription, Term

# Terms end where usage months do: both are counted from the tenant's anchor.
_END = """
    SELECT min((anchor + make_interval(months => month + %(more)s)) AT TIME ZONE 'UTC')
    FROM (SELECT period_anchor_at AT TIME ZONE 'UTC' AS anchor,
            age(%(from)s::timestamptz AT TIME ZONE 'UTC', period_anchor_at AT TIME ZONE 'UTC')
                AS passed
        FROM accounts_tenant WHERE id = %(tenant)s) tenant,
        generate_series(0, (extract(year FROM passed) * 12 + extract(month FROM passed))::int + 2)
            AS month
    WHERE (anchor + make_interval(months => month)) AT TIME ZONE 'UTC' > %(from)s
"""


def moment() -> datetime:
    """Return the database's present moment."""
    return _ask("SELECT statement_timestamp()", {})


def term_end(tenant_id: UUID, starts_at: datetime, plan: Plan, interval: str) -> datetime | None:
    """Return where a term ends that begins there; None for what costs nothing."""
    if not plan.price(interval):
        return None
    more = 11 if interval == Interval.YEARLY else 0
    return _ask(_END, {"from": starts_at, "tenant": tenant_id, "more": more})


def begin_term(subscription: Subscription) -> None:
    """Write down that a term begins which costs something, for the closing of periods to bill.

    In the transaction that begins it.
    """
    plan, ends_at = subscription.plan, subscription.term_ends_at
    price = plan.price(subscription.interval)
    if price and ends_at and subscription.state == Subscription.State.ACTIVE:
        Term.objects.create(
            tenant_id=subscription.tenant_id,
            plan=plan,
            interval=subscription.interval,
            currency=plan.currency,
            price=price,
            starts_at=subscription.term_starts_at,
            ends_at=ends_at,
        )


def cut_term(*, tenant_id: UUID, at: datetime) -> None:
    """End the present term there, if there is one that costs something: the rest is credited."""
    running = Term.objects.filter(tenant_id=tenant_id, starts_at__lte=at, ends_at__gt=at)
    running.filter(cut_at__isnull=True).update(cut_at=at)


def _ask(sql: str, given: dict[str, Any]) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found: datetime = cursor.fetchone()[0]
    return found
