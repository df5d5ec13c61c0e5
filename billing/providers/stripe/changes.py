"""Changing what a tenant has at Stripe: more at once, less at the end of the term, or nothing.

Not in Stripe's portal: it changes no subscription with metered prices. Every step asks for a state
that can be asked for again, so a step that was done without our knowing harms nothing. What may
still fail to be paid undoes nothing that was asked for before.
"""

from __future__ import annotations

from typing import Any

from billing.models import Interval, Plan, Subscription
from billing.providers.stripe.checkout import items_of
from billing.providers.stripe.client import api
from billing.providers.stripe.remote import Remote
from billing.services.subscriptions import PlanUnchanged, is_dearer
from config.errors import Conflict


class ChangePending(Conflict):
    """Something is to follow at the term's end that a dearer plan would undo."""

    code = "change_pending"
    message = (
        "A cancellation or another plan follows at the end of the term. Take that back first, by"
        " choosing the present plan."
    )


def change_remote(remote: Remote, plan: Plan, interval: str) -> str | None:
    """Let the subscription be of another plan; return where to pay if that needs somebody.

    Raises PlanUnchanged, ChangePending and what the library raises.
    """
    if (remote.plan.pk, remote.interval) == (plan.pk, interval):
        if not (remote.is_ending or remote.next_plan):
            raise PlanUnchanged
        stay(remote)
        return None
    if not plan.price(interval):
        cancel_remote(remote)
        return None
    if remote.status in ("past_due", "unpaid") and remote.due_invoice_url:
        return remote.due_invoice_url
    present = Subscription(plan=remote.plan, interval=remote.interval, term_ends_at=remote.ends_at)
    if is_dearer(plan, interval, than=present):
        if remote.is_ending or remote.next_plan:
            raise ChangePending
        stay(remote)  # a schedule that has done what it was for
        return _change_now(remote, items_of(plan, interval))
    _change_later(remote, items_of(plan, interval), interval)
    return None


def stay(remote: Remote) -> None:
    """Take back a change or an end that has not come yet."""
    if remote.schedule_id:
        api().subscription_schedules.release(remote.schedule_id)
    if remote.is_ending:
        api().subscriptions.update(remote.id, params={"cancel_at_period_end": False})


def cancel_remote(remote: Remote) -> None:
    """Let it end with the term."""
    if remote.schedule_id:
        api().subscription_schedules.release(remote.schedule_id)
    if not remote.is_ending:
        api().subscriptions.update(remote.id, params={"cancel_at_period_end": True})


def _change_now(remote: Remote, items: list[dict[str, Any]]) -> str | None:
    """Begin a new term of other prices and charge for it; what is left of the old is credited.

    If the bank wants to see the customer nothing changes before it has: the page is returned.
    """
    wanted = {item["price"]: item for item in items}
    gone = [price for price in remote.items if price not in wanted]
    new = [wanted[price] for price in wanted if price not in remote.items]
    # An item becomes another where that is of its own kind; what is only there before goes.
    ours = remote.plan_price
    changes: list[dict[str, Any]] = [{"id": remote.items[ours], **items[0]}]
    changes += [{"id": remote.items[price], "deleted": True} for price in gone if price != ours]
    changes += [item for item in new if item is not items[0]]
    starts: dict[str, Any] = (
        {"trial_end": "now"} if remote.status == "trialing" else {"billing_cycle_anchor": "now"}
    )
    changed = api().subscriptions.update(
        remote.id,
        params={
            "items": changes,
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice"],
            **starts,
        },
    )
    if getattr(changed, "pending_update", None) is None:
        return None
    return str(changed.latest_invoice.hosted_invoice_url)


def _change_later(remote: Remote, items: list[dict[str, Any]], interval: str) -> None:
    """Let other prices follow when the term ends."""
    if remote.is_ending:
        api().subscriptions.update(remote.id, params={"cancel_at_period_end": False})
    schedules = api().subscription_schedules
    if remote.schedule_id:
        schedule = schedules.retrieve(remote.schedule_id)
    else:
        schedule = schedules.create(params={"from_subscription": remote.id})
    # Not the first one: a schedule stands until its last phase is over. Past ones may be left out.
    begins = schedule.current_phase.start_date
    now = next(phase for phase in schedule.phases if phase.start_date == begins)
    present: dict[str, Any] = {
        "items": [_item(price, remote) for price in remote.items],
        "start_date": now.start_date,
        "end_date": now.end_date,
    }
    if getattr(now, "trial_end", None):
        present["trial_end"] = now.trial_end
    length = {"interval": "year" if interval == Interval.YEARLY else "month", "interval_count": 1}
    schedules.update(
        schedule.id,
        params={
            "end_behavior": "release",
            "proration_behavior": "none",
            "phases": [present, {"items": items, "duration": length}],
        },
    )


def _item(price: str, remote: Remote) -> dict[str, Any]:
    return {"price": price, "quantity": 1} if price == remote.plan_price else {"price": price}
