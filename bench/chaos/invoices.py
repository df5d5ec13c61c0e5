"""Q3: a year of months is closed and billed once each, though relays and the database die at it.

The customers subscribed as a year and a month ago, and nobody has looked since: all turns are due
at once, more of them than any relay lives for.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from accounts.tests.factories import make_tenant
from bench.chaos.finding import Finding
from bench.chaos.part import wait_until
from bench.chaos.stage import Stage
from billing.models import Invoice, Plan
from billing.services.subscriptions import subscribe
from billing.tests.factories import use

RELAYS = 3
# The month in which they began, the twelve after it, and the present one.
TURNS = 14
FURTHER_PAGES = 1_234
_LONG_AGO = """
    WITH begun AS (
        SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '13 months')
            AT TIME ZONE 'UTC' AS at,
            (date_trunc('month', now() AT TIME ZONE 'UTC') - interval '12 months')
            AT TIME ZONE 'UTC' AS ends
    ), tenant AS (UPDATE accounts_tenant SET period_anchor_at = begun.at FROM begun
    ), subscription AS (
        UPDATE billing_subscription SET term_starts_at = begun.at, term_ends_at = begun.ends
        FROM begun
    ), term AS (UPDATE billing_term SET starts_at = begun.at, ends_at = begun.ends FROM begun)
    UPDATE billing_quota SET starts_at = begun.at, ends_at = begun.ends FROM begun
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM billing_invoice),
        (SELECT count(*) FROM (SELECT DISTINCT tenant_id, turn_at FROM billing_invoice) turn),
        (SELECT count(*) FROM (SELECT DISTINCT series, year, sequence FROM billing_invoice) one),
        (SELECT coalesce(sum(last), 0) FROM billing_invoicecounter),
        (SELECT coalesce(max(sequence), 0) FROM billing_invoice),
        (SELECT count(*) FROM billing_invoiceline WHERE kind = 'plan'),
        (SELECT count(DISTINCT term_id) FROM billing_invoiceline WHERE kind = 'plan'),
        (SELECT count(*) FROM billing_invoiceline WHERE kind = 'pages' AND quantity = %s),
        (SELECT count(DISTINCT subject) FROM accounts_outboxevent WHERE type = 'invoice.issued')
"""


@dataclass(frozen=True, slots=True)
class Books:
    """What there is, counted by no code of the product's."""

    invoices: int
    turns: int
    numbers: int
    counted: int
    highest: int
    terms: int
    different_terms: int
    further: int
    told: int


def run(stage: Stage, *, short: bool, seed: int) -> Iterator[Finding]:
    """Let relays catch up on a year, and strike them and the database meanwhile."""
    tenants, strikes = (20, 5) if short else (100, 20)
    dice = random.Random(seed)  # noqa: S311 - no secret
    subscribe_long_ago(tenants)
    wanted = tenants * TURNS
    names = [part.process.name for part in stage.start_relays(RELAYS)]
    began_at, struck = time.monotonic(), 0
    for number in range(strikes):
        due = wanted * (number + 1) // (strikes + 1)
        wait_until(lambda due=due: issued() >= due, seconds=300)
        if number % 5 == 4:
            stage.postgres.strike(signal.SIGQUIT)
            wait_until(stage.postgres.is_ready)
        else:
            struck += bool(stage.parts[dice.choice(names)].strike())
    wait_until(lambda: issued() >= wanted, seconds=300)
    took = time.monotonic() - began_at
    stage.parts[names[0]].strike()
    time.sleep(3)  # in which nobody may find anything more to bill
    books = count()
    yield Finding(
        "Q3",
        books == Books(*[wanted] * 7, tenants, wanted),
        f"{tenants} workspaces, {wanted} turns due at once, {struck} × kill -9 of relays,"
        f" {strikes // 5} × of the database: {books.invoices} invoices of {books.turns} turns under"
        f" {books.numbers} numbers up to {books.highest}, {books.different_terms} terms and"
        f" {books.further} months' further pages billed once each; {took:.0f} s",
    )


def subscribe_long_ago(tenants: int) -> None:
    """Make workspaces that pay, each of which has used more than its first month includes."""
    plan = Plan.objects.get(code="business")
    Plan.objects.filter(pk=plan.pk).update(trial_days=0)
    plan.refresh_from_db()
    assert plan.included_pages
    for _ in range(tenants):
        tenant = make_tenant()
        subscribe(actor=None, tenant_id=tenant.pk, plan=plan)
        use(tenant, pages=plan.included_pages + FURTHER_PAGES)
    with connection.cursor() as cursor:
        cursor.execute(_LONG_AGO)


def issued() -> int:
    """Return how many invoices there are; none, while the database is away."""
    try:
        return Invoice.objects.count()
    except Exception:  # noqa: BLE001 - it was struck just now
        connection.close()
        return 0


def count() -> Books:
    """Count now."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [FURTHER_PAGES])
        return Books(*cursor.fetchone())
