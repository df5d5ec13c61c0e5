"""A tenant's limits: the plan's, but where staff have said otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, PositiveIntegerField, Q, Value, When
from django.db.models.functions import Least, Now

from accounts.models import AuditAction, Tenant, User
from accounts.services.audit import record
from billing.catalogue import FREE, RAPIDAPI
from billing.models import LimitOverride, Plan, Subscription

BATCH = 50


def apply_limits(*, tenant_id: UUID) -> None:
    """Write the limits that hold now into the tenant's columns: what requests look at.

    In the transaction of whoever changes the plan or an override, with the tenant's row locked.
    """
    subscription = Subscription.objects.select_related("plan").filter(tenant_id=tenant_id).first()
    plan = _plan_of(subscription) if subscription else None
    overrides = LimitOverride.objects.filter(tenant_id=tenant_id, ended_at__isnull=True)
    said = dict(overrides.values_list("limit", "value"))
    columns: dict[str, Any] = {}
    if subscription and plan:
        columns = plan.limits()
        columns |= {"included_pages": plan.included_pages, "page_price": plan.page_price}
        is_trial = subscription.state == Subscription.State.TRIALING
        if is_trial or subscription.provider == RAPIDAPI:
            # A trial costs nothing: it sells nothing either. RapidAPI knows nothing of pages.
            columns |= {"monthly_pages": plan.included_pages, "page_price": None}
    columns |= said
    if columns:
        most = columns.get("max_retention_days")
        if most is not None:
            columns["retention_days"] = _kept(most)
        Tenant.objects.filter(pk=tenant_id).update(**columns)


def _plan_of(subscription: Subscription) -> Plan:
    """Return whose limits hold: of who has not paid in time those of what is free."""
    if subscription.state == Subscription.State.RESTRICTED:
        return Plan.objects.filter(code=FREE).first() or subscription.plan
    return subscription.plan


def _kept(most: int) -> Case:
    """Return for how long results are kept: whoever chose less than allowed keeps that."""
    allowed = Value(most, output_field=PositiveIntegerField())
    return Case(
        When(retention_days__gte=F("max_retention_days"), then=allowed),
        default=Least(F("retention_days"), allowed),
    )


def apply_plan(*, plan: Plan) -> None:
    """Save a plan, and let the tenants that have it have its limits."""
    with transaction.atomic():
        plan.save()
        having = Q(plan=plan)
        if plan.code == FREE:
            having |= Q(state=Subscription.State.RESTRICTED)
        tenants = Subscription.objects.filter(having).order_by("tenant_id")
        for tenant_id in tenants.values_list("tenant_id", flat=True):
            lock_tenant(tenant_id)
            apply_limits(tenant_id=tenant_id)


def override_limit(
    *,
    actor: User,
    tenant: Tenant,
    limit: str,
    value: int | None,
    reason: str,
    expires_at: datetime | None = None,
) -> LimitOverride:
    """Let ``tenant`` have another ``limit`` than its plan's; None: no limit at all.

    One that holds already is ended. The database refuses unknown limits and empty reasons.
    """
    with transaction.atomic():
        lock_tenant(tenant.pk)
        before = LimitOverride.objects.filter(tenant=tenant, limit=limit, ended_at__isnull=True)
        before.update(ended_at=Now())
        override = LimitOverride.objects.create(
            tenant=tenant,
            limit=limit,
            value=value,
            reason=reason,
            expires_at=expires_at,
            created_by=actor,
        )
        apply_limits(tenant_id=tenant.pk)
        record(
            tenant_id=tenant.pk,
            actor=actor,
            action=AuditAction.LIMIT_OVERRIDDEN,
            subject=f"tenant:{tenant.pk}",
            details={"limit": limit, "value": value, "reason": reason},
        )
    return override


def end_override(*, actor: User | None, override: LimitOverride) -> bool:
    """Give a limit back to the plan; return whether that was news."""
    with transaction.atomic():
        lock_tenant(override.tenant_id)
        standing = LimitOverride.objects.filter(pk=override.pk, ended_at__isnull=True)
        if not standing.update(ended_at=Now()):
            return False
        _restore(override)
        apply_limits(tenant_id=override.tenant_id)
        record(
            tenant_id=override.tenant_id,
            actor=actor,
            action=AuditAction.LIMIT_RESTORED,
            subject=f"tenant:{override.tenant_id}",
            details={"limit": override.limit},
        )
    return True


def end_overrides() -> int:
    """End what has expired (the relay's); return how many there were."""
    due = LimitOverride.objects.filter(ended_at__isnull=True, expires_at__lte=Now())
    return sum(
        end_override(actor=None, override=each) for each in due.order_by("expires_at")[:BATCH]
    )


def lock_tenant(tenant_id: UUID) -> None:
    """Let nobody else change the tenant's plan or limits until the transaction ends."""
    Tenant.objects.select_for_update(no_key=True).only("pk").get(pk=tenant_id)


def _restore(override: LimitOverride) -> None:
    """Without a plan a limit goes back to what new tenants have."""
    if not Subscription.objects.filter(Q(tenant_id=override.tenant_id)).exists():
        Tenant.objects.filter(pk=override.tenant_id).update(
            **{override.limit: getattr(Tenant(), override.limit)}
        )
