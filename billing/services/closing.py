"""Closing periods: what has ended is billed, and what begins is billed ahead.

A *turn* is the moment at which a usage month ends or a term begins; months end where terms do, so
that one invoice serves for both. It has the further pages of the month that ended and the price of
the term that begins; what is left of a term that was cut is credited.

Of any number of relays one closes: the tenant's row is locked, and what is closed says so.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from billing.models import Interval, Quota, Term
from billing.services.crediting import credit_cut
from billing.services.invoicing import Charge, issue_invoice, sells
from billing.services.limits import lock_tenant
from billing.services.spending import price_of

log = structlog.get_logger("billing.closing")
BATCH = 50
WAIT = timedelta(minutes=1)

# Not before a minute has passed: what was being accepted as the month ended has committed by then.
# Not while work of the month is under way, which is charged to it; nothing waits for longer than
# its own time, and ends as failed then. Not before the relay has renewed the subscription.
_DUE = """
    SELECT tenant_id, at FROM (
        SELECT tenant_id, min(at) AS at FROM (
            SELECT tenant_id, ends_at AS at FROM billing_quota WHERE closed_at IS NULL
            UNION ALL
            SELECT tenant_id, starts_at FROM billing_term WHERE settled_at IS NULL
            UNION ALL
            SELECT tenant_id, cut_at FROM billing_term
            WHERE cut_at IS NOT NULL AND cut_settled_at IS NULL
        ) turns
        WHERE at <= statement_timestamp() - %(wait)s::interval
            AND (%(tenant)s::uuid IS NULL OR tenant_id = %(tenant)s)
        GROUP BY tenant_id
    ) due
    WHERE NOT EXISTS (
        SELECT FROM billing_subscription subscription
        WHERE subscription.tenant_id = due.tenant_id AND term_ends_at <= due.at
    ) AND NOT EXISTS (
        SELECT FROM billing_quota quota
        WHERE quota.tenant_id = due.tenant_id AND quota.ends_at = due.at
            AND closed_at IS NULL
            AND (documents_reserved > 0 OR pages_reserved > 0 OR bytes_reserved > 0)
    )
    ORDER BY at LIMIT %(most)s
"""


def close_periods() -> int:
    """Close what is due, a turn for each tenant (the relay's); return how many turns it were."""
    return sum(_attempt(tenant_id) for tenant_id, _ in _due(most=BATCH))


def _attempt(tenant_id: UUID) -> int:
    """Close a turn; what is wrong with one tenant keeps nobody else from being billed."""
    try:
        return close_turn(tenant_id=tenant_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("period_not_closed", tenant=str(tenant_id))
        return 0


@transaction.atomic
def close_turn(*, tenant_id: UUID, wait: timedelta = WAIT) -> int:
    """Close the first turn of a tenant that is due; return whether there was one."""
    lock_tenant(tenant_id)
    for _, at in _due(most=1, tenant_id=tenant_id, wait=wait):
        months = Quota.objects.filter(tenant_id=tenant_id, ends_at=at, closed_at__isnull=True)
        month = months.select_for_update().first()
        if month and (month.documents_reserved or month.pages_reserved or month.bytes_reserved):
            return 0  # taken since; it comes again
        _bill(tenant_id, at, month)
        _credit_cuts(tenant_id, at)
        return 1
    return 0


def _bill(tenant_id: UUID, at: datetime, month: Quota | None) -> None:
    begun = Term.objects.filter(tenant_id=tenant_id, starts_at=at, settled_at__isnull=True)
    charges: dict[str, list[Charge]] = defaultdict(list)
    for term in begun.select_related("plan"):
        charges[term.currency].append(_of_term(term))
    if month and (further := _of_month(month)):
        charges[month.currency].append(further)
    if sells():
        for currency, of_currency in sorted(charges.items()):
            invoice = issue_invoice(
                tenant_id=tenant_id, turn_at=at, currency=currency, charges=of_currency
            )
            log.info("invoice_issued", tenant=str(tenant_id), number=invoice.number)
    begun.update(settled_at=Now(), is_billed=sells())
    if month:
        billed = (further.amount if further else 0) if sells() and not month.provider else None
        Quota.objects.filter(pk=month.pk).update(closed_at=Now(), billed=billed)


def _credit_cuts(tenant_id: UUID, at: datetime) -> None:
    cuts = Term.objects.filter(tenant_id=tenant_id, cut_at=at, cut_settled_at__isnull=True)
    for term in cuts.select_related("plan"):
        if term.is_billed:
            credit_cut(term)
    cuts.update(cut_settled_at=Now())


def _of_term(term: Term) -> Charge:
    every = "year" if term.interval == Interval.YEARLY else "month"
    return Charge(
        kind="plan",
        text=f"{term.plan.name}, one {every}",
        quantity=1,
        unit_price=term.price,
        amount=term.price,
        starts_at=term.starts_at,
        ends_at=term.ends_at,
        term_id=term.pk,
    )


def _of_month(month: Quota) -> Charge | None:
    """Return what pages beyond the included ones cost; None where nothing."""
    if month.provider or not month.page_price or month.included_pages is None:
        return None
    pages = month.pages_used - month.included_pages
    if pages <= 0:
        return None
    return Charge(
        kind="pages",
        text=f"Pages beyond the {month.included_pages:,} included",
        quantity=pages,
        unit_price=month.page_price,
        amount=price_of(pages=pages, page_price=month.page_price),
        starts_at=month.starts_at,
        ends_at=month.ends_at,
        quota_id=month.pk,
    )


def _due(
    *, most: int, tenant_id: UUID | None = None, wait: timedelta = WAIT
) -> list[tuple[Any, datetime]]:
    given: dict[str, Any] = {"most": most, "tenant": tenant_id, "wait": wait}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, given)
        return [(tenant, at) for tenant, at in cursor.fetchall()]
