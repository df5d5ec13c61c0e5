"""What is said when a month's allowance does not suffice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat

from billing.money import written
from billing.services.plans import currency_of
from config.errors import LimitReached


class QuotaExceeded(LimitReached):
    """The month's allowance does not suffice; ``context`` has unit, limit, used and reserved."""

    message = "Your plan's allowance for this month is used up."
    told = ("unit", "limit", "used", "reserved")


class SpendCapReached(QuotaExceeded):
    """What this would cost is more than may be spent; ``context`` has amounts in minor units."""

    code = "spend_cap_reached"
    message = "This would cost more than your cap on spending allows."


def refusal(
    row: Sequence[Any], *, tenant_id: UUID, documents: int, pages: int, bytes: int
) -> QuotaExceeded | None:
    """Return why so much finds no room, of limit, used and reserved of each unit; None if it does.

    ``row`` ends with the same of the spending, and what would be spent.
    """
    for index, (unit, quantity) in enumerate(
        (("documents", documents), ("pages", pages), ("bytes", bytes))
    ):
        limit, used, reserved = row[3 * index : 3 * index + 3]
        if limit is not None and limit < used + reserved + quantity:
            figures = {"unit": unit, "limit": limit, "used": used, "reserved": reserved}
            return QuotaExceeded(_sentence(**figures), **figures)
    limit, used, reserved, wanted = row[9:13]
    if limit is None or wanted <= limit:
        return None
    currency = currency_of(tenant_id)
    cap, spent, held = (written(each, currency) for each in (limit, used, reserved))
    return SpendCapReached(
        f"Your cap on spending is {cap} a month; {spent} is spent and {held} under way.",
        unit="spend",
        limit=limit,
        used=used,
        reserved=reserved,
    )


def _sentence(*, unit: str, limit: int, used: int, reserved: int) -> str:
    if unit == "bytes":
        sizes = [filesizeformat(each).replace("\xa0", " ") for each in (limit, used, reserved)]
        return f"Your plan allows {sizes[0]} a month; {sizes[1]} used and {sizes[2]} under way."
    return f"Your plan allows {limit} {unit} a month; {used} are used and {reserved} under way."
