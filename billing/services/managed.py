"""Plans that a payment provider manages: our rows become what is so there.

Who calls has read the provider's present state, and says all of it; saying the same twice changes
nothing. What it means for limits, months and prices is the same as for plans of our own.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.models import NotificationKind
from accounts.services.notifications import notify
from billing.catalogue import FREE
from billing.models import Interval, Plan, Quota, Subscription
from billing.services.limits import apply_limits, lock_tenant
from billing.services.periods import begin_month, open_month, price_months
from billing.services.subscriptions import subscribe, tell_of_plan
from billing.services.terms import cut_term, moment


@dataclass(frozen=True, slots=True)
class ManagedTerm:
    """What a tenant has at the provider now. ``next_plan``: what follows, if that is another.

    ``pay_before``: until when a plan of which a payment has failed stays.
    """

    plan: Plan
    interval: str
    state: str
    starts_at: datetime
    ends_at: datetime
    next_plan: Plan | None = None
    next_interval: str = ""
    pay_before: datetime | None = None


def mirror_term(*, tenant_id: UUID, provider: str, term: ManagedTerm) -> bool:
    """Let the tenant's subscription be ``term``; return whether that was news."""
    with transaction.atomic():
        lock_tenant(tenant_id)
        before = Subscription.objects.filter(tenant_id=tenant_id).first()
        fields = _fields(provider, term, before)
        if before and all(getattr(before, name) == value for name, value in fields.items()):
            return False
        begins = before is None or _begins_anew(before, provider, term)
        at = term.starts_at
        if begins:
            at = _beginning(tenant_id, term.starts_at, before)
            begin_month(tenant_id=tenant_id, at=at)
            # One of ours is not begun: the provider bills it, and nobody twice.
            cut_term(tenant_id=tenant_id, at=at)
        fields["version"] = before.version + 1 if before else 0
        subscription, _ = Subscription.objects.update_or_create(
            tenant_id=tenant_id, defaults=fields, create_defaults={"id": uuid.uuid4(), **fields}
        )
        apply_limits(tenant_id=tenant_id)
        if begins or before is None or before.term_starts_at != term.starts_at:
            # Not where only the payment stands otherwise: what was used keeps its price.
            price_months(tenant_id=tenant_id, since=at)
        open_month(tenant_id=tenant_id)
        if begins or before is None or before.state != term.state:
            tell_of_plan(None, subscription, was=before.plan_id if before else None)
        if before is None or before.state != term.state:
            _tell_of_payment(tenant_id, term)
    return True


def end_managed(*, tenant_id: UUID, provider: str) -> bool:
    """Go back to the free plan, since nothing is left at the provider; return whether it was news.

    Without a free plan the tenant keeps what it has as one that has not been paid.
    """
    with transaction.atomic():
        lock_tenant(tenant_id)
        standing = Subscription.objects.filter(tenant_id=tenant_id, provider=provider)
        if not standing.exists():
            return False
        free = Plan.objects.filter(code=FREE).first()
        if free is None:
            restricted = Subscription.State.RESTRICTED
            return bool(standing.exclude(state=restricted).update(state=restricted))
        subscribe(actor=None, tenant_id=tenant_id, plan=free)
    return True


def _tell_of_payment(tenant_id: UUID, term: ManagedTerm) -> None:
    """Tell people that a payment has failed, or was not made in time."""
    if term.state == Subscription.State.PAST_DUE:
        text = f"A payment for the plan {term.plan.name} has failed"
        if term.pay_before:
            text += f"; please pay before {term.pay_before.astimezone(UTC):%-d %B %Y}"
    elif term.state == Subscription.State.RESTRICTED:
        text = f"The plan {term.plan.name} has only the limits of what is free until it is paid"
    else:
        return
    notify(tenant_id=tenant_id, kind=NotificationKind.PAYMENT_DUE, text=text, path="/billing/")


def _fields(provider: str, term: ManagedTerm, before: Subscription | None) -> dict[str, Any]:
    is_trial = term.state == Subscription.State.TRIALING
    return {
        "plan_id": term.plan.pk,
        "interval": term.interval,
        "state": term.state,
        "provider": provider,
        "term_starts_at": term.starts_at,
        "term_ends_at": term.ends_at,
        "next_plan_id": term.next_plan.pk if term.next_plan else None,
        "next_interval": (term.next_interval or Interval.MONTHLY) if term.next_plan else "",
        "trial_used": is_trial or bool(before and before.trial_used),
    }


def _begins_anew(before: Subscription, provider: str, term: ManagedTerm) -> bool:
    """Whether it is another plan, or its trial is over: its months count from there."""
    was_trial = before.state == Subscription.State.TRIALING
    is_trial = term.state == Subscription.State.TRIALING
    was = (before.provider, before.plan_id, before.interval, was_trial)
    return was != (provider, term.plan.pk, term.interval, is_trial)


def _beginning(tenant_id: UUID, starts_at: datetime, before: Subscription | None) -> datetime:
    """Return where the new month begins: with the term, unless a month has been opened since.

    A provider may count in whole seconds: two terms that begin in one have a month each all the
    same.
    """
    now = moment()
    if before and before.term_starts_at >= starts_at:
        return now
    since = Q(starts_at__gt=starts_at) | Q(ends_at__gt=starts_at, closed_at__isnull=False)
    is_late = Quota.objects.filter(since, tenant_id=tenant_id).exists()
    return now if starts_at > now or is_late else starts_at
