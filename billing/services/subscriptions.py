"""Having a plan: beginning, changing, cancelling, and what follows at a term's end.

A dearer plan holds at once: the usage month is cut, so that what was used is priced by the plan
under which it was used. A cheaper one follows at the end of the term.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.models import AuditAction, Tenant, User
from accounts.services.audit import record
from accounts.services.outbox import emit
from billing.catalogue import FREE
from billing.models import Interval, Plan, Subscription
from billing.services.limits import apply_limits, lock_tenant
from billing.services.periods import begin_month, open_month, price_months
from billing.services.plans import NO_PLAN, offered_plans
from billing.services.terms import begin_term, cut_term, moment, term_end
from config.errors import Conflict

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger("billing.subscriptions")
BATCH = 20


class PlanNotOffered(Conflict):
    """No such plan, not for this length, or not for everybody."""

    code = "plan_not_offered"
    message = "This plan is not on offer."


class PlanUnchanged(Conflict):
    """The workspace has this plan."""

    code = "plan_unchanged"
    message = "This is the workspace's plan already."


class PlanPaidElsewhere(Conflict):
    """The payment provider says which plan the workspace has."""

    code = "plan_paid_elsewhere"
    message = "This plan is paid at the payment provider, and can only be ended there."


class NoSubscription(Conflict):
    """The workspace has no plan."""

    code = "no_subscription"
    message = "This workspace has no plan."


def begin_subscription(*, tenant: Tenant) -> None:
    """Give a new tenant the plan that new tenants have (COUNTERMARK_DEFAULT_PLAN), if any.

    In the transaction that makes the tenant.
    """
    if settings.DEFAULT_PLAN == NO_PLAN:
        return
    plan = Plan.objects.filter(code=settings.DEFAULT_PLAN).first()
    if plan is None:
        log.error("default_plan_missing", plan=settings.DEFAULT_PLAN)
    else:
        subscribe(actor=None, tenant_id=tenant.pk, plan=plan)


def subscribe(
    *, actor: Principal | User | None, tenant_id: UUID, plan: Plan, interval: str = Interval.MONTHLY
) -> Subscription:
    """Give a tenant ``plan`` from now on, whatever it had; with its trial if there was none yet.

    What is left of the term before ends with it. For staff and the system too: people of the tenant
    go through ``change_plan``.
    """
    with transaction.atomic():
        lock_tenant(tenant_id)
        before = Subscription.objects.filter(tenant_id=tenant_id).first()
        now = moment()
        begin_month(tenant_id=tenant_id, at=now)
        cut_term(tenant_id=tenant_id, at=now)
        with_trial = has_trial(plan, before=before)
        ends_at = (
            now + timedelta(days=plan.trial_days)
            if with_trial
            else term_end(tenant_id, now, plan, interval)
        )
        fields: dict[str, Any] = {
            "plan": plan,
            "interval": interval,
            "state": "trialing" if with_trial else "active",
            "provider": "",
            "term_starts_at": now,
            "term_ends_at": ends_at,
            "next_plan": None,
            "next_interval": "",
            "trial_used": with_trial or bool(before and before.trial_used),
            "version": before.version + 1 if before else 0,
        }
        subscription, _ = Subscription.objects.update_or_create(
            tenant_id=tenant_id, defaults=fields, create_defaults={"id": uuid.uuid4(), **fields}
        )
        begin_term(subscription)
        apply_limits(tenant_id=tenant_id)
        open_month(tenant_id=tenant_id)
        if actor or before:
            tell_of_plan(actor, subscription, was=before.plan_id if before else None)
    return subscription


def change_plan(
    *, principal: Principal, plan_code: str, interval: str = Interval.MONTHLY
) -> Subscription:
    """Choose a plan: at once where it costs more, else at the end of the term.

    Raises InsufficientScope, PlanNotOffered and PlanUnchanged.
    """
    principal.require("billing:write")
    plan = offered_plan(plan_code, interval)
    with transaction.atomic():
        lock_tenant(principal.tenant_id)
        present = subscription_of(principal)
        if present is None:
            return subscribe(
                actor=principal, tenant_id=principal.tenant_id, plan=plan, interval=interval
            )
        if (present.plan_id, present.interval) == (plan.code, interval):
            if present.next_plan_id is None:
                raise PlanUnchanged
            return _follow(principal, present, None, "")
        if is_dearer(plan, interval, than=present):
            return subscribe(
                actor=principal, tenant_id=principal.tenant_id, plan=plan, interval=interval
            )
        return _follow(principal, present, plan, interval)


def offered_plan(plan_code: str, interval: str) -> Plan:
    """Return a plan that tenants may choose for this term; raises PlanNotOffered."""
    plan = next((plan for plan in offered_plans() if plan.code == plan_code), None)
    if plan is None or plan.price(interval) is None:
        raise PlanNotOffered
    return plan


def cancel_subscription(*, principal: Principal) -> Subscription:
    """Go back to the free plan at the end of the term. Raises NoSubscription."""
    principal.require("billing:write")
    with transaction.atomic():
        lock_tenant(principal.tenant_id)
        present = subscription_of(principal)
        free = Plan.objects.filter(code=FREE).first()
        if present is None or free is None or present.term_ends_at is None:
            raise NoSubscription("This workspace has no plan that could be cancelled.")
        return _follow(principal, present, free, Interval.MONTHLY.value)


def renew_subscriptions() -> int:
    """Begin the next term of what has ended (the relay's); return how many there were."""
    due = Subscription.objects.filter(term_ends_at__lte=Now(), provider="").order_by("term_ends_at")
    tenants = list(due.values_list("tenant_id", flat=True)[:BATCH])
    return sum(_renew(tenant_id) for tenant_id in tenants)


def _renew(tenant_id: UUID) -> int:
    """Begin a term where the last one ended, however long ago that was: one term for each call."""
    with transaction.atomic():
        lock_tenant(tenant_id)
        present = (
            Subscription.objects.select_related("plan", "next_plan")
            .filter(tenant_id=tenant_id, term_ends_at__lte=Now(), provider="")
            .first()
        )
        if present is None or present.term_ends_at is None:
            return 0  # another relay was faster
        starts_at: datetime = present.term_ends_at
        plan = present.next_plan or present.plan
        interval = present.next_interval or present.interval
        was_trial = present.state == Subscription.State.TRIALING
        before_plan = present.plan_id
        present.plan, present.interval = plan, interval
        present.state = Subscription.State.ACTIVE
        present.term_starts_at = starts_at
        if was_trial:
            begin_month(tenant_id=tenant_id, at=starts_at)
        present.term_ends_at = term_end(tenant_id, starts_at, plan, interval)
        present.next_plan, present.next_interval = None, ""
        present.version += 1
        present.save()
        begin_term(present)
        apply_limits(tenant_id=tenant_id)
        price_months(tenant_id=tenant_id, since=starts_at)
        open_month(tenant_id=tenant_id)
        if was_trial or plan.pk != before_plan:
            tell_of_plan(None, present, was=before_plan)
    return 1


def _follow(
    principal: Principal, present: Subscription, plan: Plan | None, interval: str
) -> Subscription:
    present.next_plan, present.next_interval = plan, interval
    present.version += 1
    present.save(update_fields=["next_plan", "next_interval", "version"])
    record(
        tenant_id=present.tenant_id,
        actor=principal,
        action=AuditAction.PLAN_CHANGED,
        subject=f"subscription:{present.pk}",
        details={"plan": present.plan_id, "next": plan.code if plan else None},
    )
    return present


def subscription_of(principal: Principal) -> Subscription | None:
    found = Subscription.objects.visible_to(principal).select_related("plan", "next_plan")
    return found.first()


def is_invoiced(subscription: Subscription) -> bool:
    """Whether its term is one that we bill ahead, whose rest is credited where it is cut."""
    is_ours = not subscription.provider and subscription.term_ends_at is not None
    return is_ours and subscription.state == Subscription.State.ACTIVE


def has_trial(plan: Plan, *, before: Subscription | None) -> bool:
    """Whether it begins with a trial: once, and not for a time that is paid already."""
    if before and (before.trial_used or is_invoiced(before)):
        return False
    return bool(plan.trial_days)


def is_dearer(plan: Plan, interval: str, *, than: Subscription) -> bool:
    """Whether it costs more a month, or is a longer term of the same; a free plan ends nothing."""
    asked, has = _monthly(plan, interval), _monthly(than.plan, than.interval)
    if plan.pk == than.plan_id:
        return interval == Interval.YEARLY
    return asked > has or than.term_ends_at is None


def _monthly(plan: Plan, interval: str) -> float:
    price = plan.price(interval) or 0
    # Of two prices for the same plan the shorter term is compared, so that plans have one order.
    return plan.monthly_price or price / 12 if interval == Interval.YEARLY else price


def tell_of_plan(actor: Any, subscription: Subscription, *, was: str | None) -> None:
    """Tell webhooks, the audit log and ours of the plan that holds now."""
    details = {"plan": subscription.plan_id, "interval": subscription.interval, "was": was}
    emit(
        tenant_id=subscription.tenant_id,
        type="subscription.changed",
        subject=f"subscription:{subscription.pk}:{subscription.version}",
        payload={"id": str(subscription.pk), "state": subscription.state, **details},
    )
    record(
        tenant_id=subscription.tenant_id,
        actor=actor,
        action=AuditAction.PLAN_CHANGED,
        subject=f"subscription:{subscription.pk}",
        details=details,
    )
    log.info("plan_changed", tenant=str(subscription.tenant_id), **details)
