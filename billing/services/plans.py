"""The plans of this installation."""

from __future__ import annotations

from typing import Any

from billing.catalogue import PLANS
from billing.models import Plan


def ensure_plans(**_: Any) -> None:
    """Give an installation that has no plan yet those to begin with (after ``migrate``)."""
    if not Plan.objects.exists():
        Plan.objects.bulk_create(
            (Plan(position=position, **fields) for position, fields in enumerate(PLANS)),
            ignore_conflicts=True,
        )


def offered_plans() -> list[Plan]:
    """Return what tenants may choose, the cheapest first."""
    return list(Plan.objects.filter(is_offered=True))
