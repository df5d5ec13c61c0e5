"""Plans that RapidAPI sells and bills: its customers have here what they have subscribed to there.

Nothing is billed, credited or renewed by us. A change keeps the usage month: to and fro between two
plans gives no second allowance.
"""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from accounts.models import MarketplaceAccount, User
from billing.catalogue import BUSINESS, FREE, PRO, RAPIDAPI
from billing.models import Interval, Plan, Subscription, Term
from billing.services.limits import apply_limits, lock_tenant
from billing.services.periods import begin_month, month_bounds, open_month, price_months
from billing.services.subscriptions import PlanPaidElsewhere, tell_of_plan
from billing.services.terms import cut_term, moment

log = structlog.get_logger("billing.marketplace")
PLANS = {"BASIC": FREE, "PRO": PRO, "ULTRA": BUSINESS, "MEGA": BUSINESS}
CUSTOM = "CUSTOM"  # agreed upon with each customer: staff give the plan


def is_sold_by_marketplace(tenant_id: UUID) -> bool:
    """Whether RapidAPI says what plan the tenant has, and bills it."""
    return MarketplaceAccount.objects.filter(tenant_id=tenant_id).exists()


def follow_marketplace(tenant_id: UUID, subscription: str) -> None:
    """Put a tenant on the plan that ``subscription`` stands for (accounts' ``on_subscription``).

    A name that stands for none leaves the plan as it is.
    """
    with transaction.atomic():
        lock_tenant(tenant_id)
        plan = _plan_for(tenant_id, subscription)
        if plan is None:
            return
        present = Subscription.objects.filter(tenant_id=tenant_id).first()
        if present and present.provider not in ("", RAPIDAPI):
            log.error("marketplace_plan_paid_elsewhere", tenant=str(tenant_id))
            return
        hold_plan(actor=None, tenant_id=tenant_id, plan=plan)


def hold_plan(*, actor: User | None, tenant_id: UUID, plan: Plan) -> Subscription:
    """Let a tenant have ``plan`` from now on, billed by RapidAPI; the same again changes nothing.

    Raises PlanPaidElsewhere where another provider is paid for it.
    """
    with transaction.atomic():
        lock_tenant(tenant_id)
        before = Subscription.objects.filter(tenant_id=tenant_id).first()
        if before and before.provider not in ("", RAPIDAPI):
            raise PlanPaidElsewhere
        if before and (before.provider, before.plan_id) == (RAPIDAPI, plan.pk):
            return before
        if before and not before.provider:
            _end_ours(before)
        fields = _fields(plan, before)
        held, _ = Subscription.objects.update_or_create(
            tenant_id=tenant_id, defaults=fields, create_defaults={"id": uuid.uuid4(), **fields}
        )
        apply_limits(tenant_id=tenant_id)
        price_months(tenant_id=tenant_id, since=month_bounds(tenant_id=tenant_id)["starts_at"])
        open_month(tenant_id=tenant_id)
        if before is None or before.plan_id != plan.pk:
            tell_of_plan(actor, held, was=before.plan_id if before else None)
    return held


def _plan_for(tenant_id: UUID, subscription: str) -> Plan | None:
    """Return the plan to have: the present one for what names none."""
    code = PLANS.get(subscription)
    if code is None:
        tell = log.info if subscription == CUSTOM else log.warning
        tell("marketplace_plan_not_mapped", tenant=str(tenant_id), subscription=subscription)
        return Plan.objects.filter(subscriptions__tenant_id=tenant_id).first()
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        log.error("marketplace_plan_missing", tenant=str(tenant_id), plan=code)
    return plan


def _end_ours(before: Subscription) -> None:
    """End what a tenant had of us. Only what had a price begins another month."""
    if before.term_ends_at is None:
        return
    now = moment()
    begin_month(tenant_id=before.tenant_id, at=now)
    # What has just begun, as a default plan that costs something, is billed by nobody.
    Term.objects.filter(tenant_id=before.tenant_id, settled_at__isnull=True).delete()
    cut_term(tenant_id=before.tenant_id, at=now)


def _fields(plan: Plan, before: Subscription | None) -> dict[str, Any]:
    return {
        "plan": plan,
        "interval": Interval.MONTHLY,
        "state": Subscription.State.ACTIVE,
        "provider": RAPIDAPI,
        "term_starts_at": moment(),
        "term_ends_at": None,
        "next_plan": None,
        "next_interval": "",
        "trial_used": bool(before and before.trial_used),
        "version": before.version + 1 if before else 0,
    }
