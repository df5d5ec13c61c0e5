"""What this room's answers look like in JSON; ``serializers.py`` declares the same shapes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from billing.models import Payment, Plan, Subscription, UsageAlert
from billing.queries import Allowed, KeyCap, Month


def instant(moment: datetime) -> str:
    """Return an instant as RFC 3339 has it, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plan_body(plan: Plan) -> dict[str, Any]:
    """Return a plan."""
    names = ("code", "name", "description", "currency", "monthly_price", "yearly_price")
    more = ("trial_days", "included_pages", "page_price", "features")
    return {name: getattr(plan, name) for name in (*names, *more)} | {"limits": plan.limits()}


def measure_body(measure: Allowed) -> dict[str, Any]:
    """Return one unit of a month."""
    return {"used": measure.used, "reserved": measure.reserved, "limit": measure.limit}


def month_body(month: Month) -> dict[str, Any]:
    """Return a month."""
    return {
        "starts_at": instant(month.starts_at),
        "ends_at": instant(month.ends_at),
        "documents": measure_body(month.documents),
        "pages": measure_body(month.pages),
        "bytes": measure_body(month.bytes),
        "spend": measure_body(month.spend),
    }


def subscription_body(
    subscription: Subscription | None, month: Month, checkout_url: str | None = None
) -> dict[str, Any]:
    """Return the plan of a tenant that may have none."""
    ends_at = subscription.term_ends_at if subscription else None
    return {
        "plan": subscription.plan_id if subscription else None,
        "interval": subscription.interval if subscription else None,
        "state": subscription.state if subscription else None,
        "term_starts_at": instant(subscription.term_starts_at) if subscription else None,
        "term_ends_at": instant(ends_at) if ends_at else None,
        "next_plan": subscription.next_plan_id if subscription else None,
        "next_interval": (subscription.next_interval or None) if subscription else None,
        "checkout_url": checkout_url,
        "period": month_body(month),
    }


def spend_cap_body(month: Month, caps: Iterable[KeyCap]) -> dict[str, Any]:
    """Return the caps of a tenant and its keys."""
    return {
        "cap": month.spend.limit,
        "spent": month.spend.used,
        "reserved": month.spend.reserved,
        "keys": [
            {
                "api_key_id": str(each.api_key_id),
                "name": each.name,
                "cap": each.cap,
                "spent": each.spent,
            }
            for each in caps
        ],
    }


def payment_body(payment: Payment) -> dict[str, Any]:
    """Return a payment."""
    return {
        "id": str(payment.pk),
        "invoice_id": str(payment.invoice_id) if payment.invoice_id else None,
        "number": payment.number,
        "url": payment.url or None,
        "currency": payment.currency,
        "amount": payment.amount,
        "paid_on": str(payment.paid_on),
        "created_at": instant(payment.created_at),
    }


def alert_body(alert: UsageAlert) -> dict[str, Any]:
    """Return an alert."""
    return {
        "id": str(alert.pk),
        "unit": alert.unit,
        "percent": alert.percent,
        "limit": alert.limit,
        "used": alert.used,
        "api_key_id": str(alert.api_key_id) if alert.api_key_id else None,
        "created_at": instant(alert.created_at),
    }
