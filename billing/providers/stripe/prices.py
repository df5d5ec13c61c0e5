"""Publishing our plans' prices at Stripe: products, prices and the meter, made where they lack.

Prices at Stripe never change. A plan that costs something else has a new price there, for who
chooses it from now on; who pays the old one goes on paying it.
"""

from __future__ import annotations

from typing import Any

import stripe
from django.db import transaction

from billing.models import Interval, Plan, ProviderPrice
from billing.providers.stripe.client import NAME, api
from billing.providers.stripe.metering import EVENT_NAME

PAGES = "Pages beyond the included ones"
UNITS = {Interval.MONTHLY.value: "month", Interval.YEARLY.value: "year"}


def publish_prices() -> list[ProviderPrice]:
    """Let Stripe have all prices of plans that are offered; return those that are new."""
    plans = list(Plan.objects.filter(is_offered=True))
    new = [
        _publish(plan, interval)
        for plan in plans
        for interval in UNITS
        if plan.price(interval) and not _is_published(plan, interval)
    ]
    selling = {plan.currency for plan in plans if plan.page_price is not None}
    for currency in sorted(selling):
        for interval in UNITS:
            if not _current(None, currency, interval).exists():
                new.append(_publish_pages(currency, interval))
    return new


def _current(plan: Plan | None, currency: str, interval: str) -> Any:
    return ProviderPrice.objects.filter(
        provider=NAME, plan=plan, currency=currency, interval=interval, is_current=True
    )


def _is_published(plan: Plan, interval: str) -> bool:
    published = _current(plan, plan.currency, interval)
    return bool(published.filter(amount=plan.price(interval)).exists())


def _publish(plan: Plan, interval: str) -> ProviderPrice:
    product = _product(f"countermark_{plan.code}", plan.name)
    amount = plan.price(interval) or 0
    params = {"unit_amount": amount, "recurring": {"interval": UNITS[interval]}}
    price = _price(f"countermark_{plan.code}_{interval}", product, plan.currency, params)
    return _keep(price, plan, interval, plan.currency, amount)


def _publish_pages(currency: str, interval: str) -> ProviderPrice:
    """One unit is one minor unit of the currency: what pages cost is our ledger's to say."""
    product = _product("countermark_further_pages", PAGES)
    recurring = {"interval": UNITS[interval], "usage_type": "metered", "meter": _meter()}
    name = f"countermark_further_pages_{currency.lower()}_{interval}"
    price = _price(name, product, currency, {"unit_amount": 1, "recurring": recurring})
    return _keep(price, None, interval, currency, 1)


def _product(product_id: str, name: str) -> str:
    try:
        api().products.update(product_id, params={"name": name})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise
        api().products.create(params={"id": product_id, "name": name})
    return product_id


def _price(name: str, product: str, currency: str, params: dict[str, Any]) -> str:
    """Return the price of this name and amount, made unless it is there."""
    for found in api().prices.list(params={"lookup_keys": [name], "active": True}).data:
        same = (found.unit_amount, found.currency) == (params["unit_amount"], currency.lower())
        if same:
            return str(found.id)
    made = api().prices.create(
        params={
            "product": product,
            "currency": currency.lower(),
            "lookup_key": name,
            "transfer_lookup_key": True,
            "tax_behavior": "exclusive",
            **params,
        }
    )
    return str(made.id)


def _meter() -> str:
    for meter in api().billing.meters.list(params={"status": "active", "limit": 100}).data:
        if meter.event_name == EVENT_NAME:
            return str(meter.id)
    made = api().billing.meters.create(
        params={
            "display_name": PAGES,
            "event_name": EVENT_NAME,
            "default_aggregation": {"formula": "sum"},
        }
    )
    return str(made.id)


def _keep(
    price: str, plan: Plan | None, interval: str, currency: str, amount: int
) -> ProviderPrice:
    with transaction.atomic():
        before = ProviderPrice.objects.filter(provider=NAME, plan=plan, interval=interval)
        if plan is None:
            before = before.filter(currency=currency)
        before.exclude(pk=price).update(is_current=False)
        kept, _ = ProviderPrice.objects.update_or_create(
            pk=price,
            defaults={
                "provider": NAME,
                "plan": plan,
                "interval": interval,
                "currency": currency,
                "amount": amount,
                "is_current": True,
            },
        )
    return kept
