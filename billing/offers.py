"""What the page of plans offers to a workspace: each plan, with what may be done about it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.models import Interval, Plan, Subscription
from billing.services.subscriptions import has_trial


@dataclass(frozen=True, slots=True)
class Choice:
    """One term of a plan: a button that says ``label``, or only a state where it is chosen."""

    interval: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan and its terms; none where it is not sold by itself."""

    plan: Plan
    choices: list[Choice]


def offers(plans: Iterable[Plan], subscription: Subscription | None) -> list[Offer]:
    """Return an offer of each plan."""
    return [
        Offer(
            plan,
            [
                _choice(plan, interval, subscription)
                for interval in Interval.values
                if plan.price(interval) is not None
            ],
        )
        for plan in plans
    ]


def _choice(plan: Plan, interval: str, subscription: Subscription | None) -> Choice:
    term = f" {interval}" if plan.yearly_price is not None else ""
    if subscription:
        follows = subscription.next_plan_id
        if (plan.code, interval) == (subscription.plan_id, subscription.interval):
            keep = Choice(interval, f"Keep{term}")
            return keep if follows else Choice(interval, f"Your plan{term and f',{term}'}", True)
        if (plan.code, interval) == (follows, subscription.next_interval):
            return Choice(interval, f"From {subscription.term_ends_at:%-d %B %Y}", True)
    if has_trial(plan, before=subscription):
        return Choice(interval, f"Try {plan.trial_days} days{term and f', then{term}'}")
    return Choice(interval, f"Choose{term}")
