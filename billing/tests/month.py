"""A workspace's first two months, played: trial, paid, over the cap, upgrade, invoices.

With the frozen clock (test_month.py) and in front of a browser, which needs time that passes for
every connection.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.tests.cast import Person
from billing.services.caps import set_spend_cap
from billing.services.closing import close_periods
from billing.services.quota import QuotaExceeded, SpendCapReached
from billing.services.subscriptions import (
    begin_subscription,
    change_plan,
    renew_subscriptions,
)
from billing.tests.factories import use


def relay() -> None:
    """Do what the relay does about money until nothing is left."""
    while renew_subscriptions() + close_periods():
        pass


def play(person: Person, go: Callable[[str], None]) -> None:
    """Let the workspace live through it; ``go`` lets time pass, and the relay is never far."""

    def later(interval: str) -> None:
        go(interval)
        relay()

    tenant = person.tenant
    begin_subscription(tenant=tenant)
    use(tenant, documents=3, pages=40)
    change_plan(principal=person.principal, plan_code="pro")
    use(tenant, documents=20, pages=20_000)  # all that the trial has
    with pytest.raises(QuotaExceeded) as trial:
        use(tenant, pages=1)
    assert trial.value.context["unit"] == "pages"
    later("14 days 2 minutes")  # it is paid for now
    set_spend_cap(principal=person.principal, cap=500)
    use(tenant, documents=30, pages=23_333)
    with pytest.raises(SpendCapReached):
        use(tenant, pages=1)
    set_spend_cap(principal=person.principal, cap=2_000)
    use(tenant, documents=10, pages=6_667)  # 10,000 beyond the included ones
    later("10 days")
    change_plan(principal=person.principal, plan_code="business")
    later("2 minutes")
    use(tenant, documents=90, pages=205_500)
    later("1 month 2 days")


def shift(interval: str) -> None:
    """Let so much time have passed since all that months and terms know: for every connection."""
    moved = {
        "accounts_tenant": ("period_anchor_at",),
        "billing_quota": ("starts_at", "ends_at", "closed_at"),
        "billing_subscription": ("term_starts_at", "term_ends_at"),
        "billing_term": ("starts_at", "ends_at", "cut_at"),
    }
    with connection.cursor() as cursor:
        for table, columns in moved.items():
            sets = ", ".join(f"{column} = {column} - %s::interval" for column in columns)
            cursor.execute(f"UPDATE {table} SET {sets}", [interval] * len(columns))  # noqa: S608 - our own names
