"""The plans of this installation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings

from billing.catalogue import PLANS
from billing.models import Plan, Subscription
from billing.money import DEFAULT_CURRENCY

NO_PLAN = "none"


def ensure_plans(**_: Any) -> None:
    """Give an installation that has no plan yet those to begin with (after ``migrate``)."""
    if not Plan.objects.exists():
        Plan.objects.bulk_create(
            (Plan(position=position, **fields) for position, fields in enumerate(PLANS)),
            ignore_conflicts=True,
        )


def offered_plans() -> list[Plan]:
    """Return what tenants may choose, the cheapest first: nothing on a server without plans."""
    if settings.DEFAULT_PLAN == NO_PLAN:
        return []
    return list(Plan.objects.filter(is_offered=True))


def currency_of(tenant_id: UUID) -> str:
    """Return the currency in which a tenant's spending is counted."""
    found = Subscription.objects.filter(tenant_id=tenant_id).values_list("plan__currency")
    return next((currency for (currency,) in found), DEFAULT_CURRENCY)
