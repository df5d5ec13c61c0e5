"""What a customer has at Stripe now: read from there, never from what an event says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
import structlog

from billing.models import Plan, ProviderPrice
from billing.providers.stripe.client import NAME, api, is_missing
from billing.services.payments import ProviderPayment

# Of these somebody has something; an incomplete one was never paid, the others are over.
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
log = structlog.get_logger("billing.stripe")


class UnknownPrice(Exception):
    """A subscription is of a price that none of our plans has."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A live subscription."""

    id: str
    status: str
    plan: Plan
    interval: str
    starts_at: datetime
    ends_at: datetime
    is_ending: bool
    next_plan: Plan | None
    next_interval: str
    schedule_id: str
    items: dict[str, str]
    """The items' ids by their prices'."""
    plan_price: str
    due_invoice_url: str
    """Where an open invoice can be paid, if there is one."""


def read_remote(customer_id: str) -> Remote | None:
    """Return the customer's live subscription; None without one. Raises UnknownPrice.

    Should there be several (two checkouts that were paid at the same moment), it is the newest, and
    the log says so: one of them has to be paid back.
    """
    try:
        found = api().subscriptions.list(
            params={
                "customer": customer_id,
                "status": "all",
                "limit": 100,
                "expand": ["data.schedule", "data.latest_invoice"],
            }
        )
    except stripe.InvalidRequestError as error:
        if is_missing(error):  # somebody has deleted the customer at Stripe
            return None
        raise
    live = [each for each in found.data if each.status in LIVE]
    if not live:
        return None
    if len(live) > 1:
        log.error("stripe_pays_twice", customer=customer_id, subscriptions=[e.id for e in live])
    return remote_of(max(live, key=lambda each: each.created))


def read_payments(customer_id: str) -> list[ProviderPayment]:
    """Return the customer's newest invoices that were paid; those of nothing are none."""
    found = api().invoices.list(params={"customer": customer_id, "status": "paid", "limit": 24})
    return [
        ProviderPayment(
            reference=each.id,
            number=(each.number or each.id)[:60],
            url=str(each.hosted_invoice_url or ""),
            currency=each.currency.upper(),
            amount=each.amount_paid,
            paid_on=_instant(each.status_transitions.paid_at or each.created).date(),
        )
        for each in found.data
        if each.amount_paid
    ]


def remote_of(subscription: Any) -> Remote:
    """Return what a subscription of Stripe's is to us."""
    items = subscription["items"].data
    prices = {item.price.id: item for item in items}
    price, item = _plan_price(prices)
    schedule = subscription.schedule
    follows = _follows(schedule, price)
    return Remote(
        id=subscription.id,
        status=subscription.status,
        plan=_plan_of(price),
        interval=price.interval,
        starts_at=_instant(item.current_period_start),
        ends_at=_instant(item.current_period_end),
        is_ending=bool(subscription.cancel_at_period_end or subscription.cancel_at),
        next_plan=_plan_of(follows) if follows else None,
        next_interval=follows.interval if follows else "",
        schedule_id=schedule.id if schedule and not isinstance(schedule, str) else "",
        items={key: each.id for key, each in prices.items()},
        plan_price=price.pk,
        due_invoice_url=_where_to_pay(getattr(subscription, "latest_invoice", None)),
    )


def _where_to_pay(invoice: Any) -> str:
    if invoice is None or isinstance(invoice, str) or invoice.status != "open":
        return ""
    return str(invoice.hosted_invoice_url or "")


def _plan_price(prices: dict[str, Any]) -> tuple[ProviderPrice, Any]:
    """Return the one price of a plan among these, and its item."""
    known = ProviderPrice.objects.select_related("plan").filter(provider=NAME, plan__isnull=False)
    found = list(known.filter(pk__in=list(prices)))
    if len(found) != 1:
        raise UnknownPrice(f"{len(found)} of the prices {', '.join(prices)} are a plan's")
    return found[0], prices[found[0].pk]


def _follows(schedule: Any, present: ProviderPrice) -> ProviderPrice | None:
    """Return the plan's price that a schedule changes to, if there is one."""
    if schedule is None or isinstance(schedule, str) or schedule.status != "active":
        return None
    prices = [item["price"] for item in schedule.phases[-1]["items"]]
    known = ProviderPrice.objects.select_related("plan").filter(pk__in=prices, plan__isnull=False)
    return next((price for price in known if price.pk != present.pk), None)


def _plan_of(price: ProviderPrice) -> Plan:
    if price.plan is None:
        raise UnknownPrice(price.pk)
    return price.plan


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
