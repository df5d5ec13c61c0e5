"""Staff give a tenant a plan."""

from __future__ import annotations

from accounts.models import Tenant, User
from billing.models import Plan, Subscription
from billing.services.marketplace import hold_plan, is_sold_by_marketplace
from billing.services.subscriptions import PlanPaidElsewhere, subscribe
from config.errors import Forbidden


def assign_plan(*, actor: User, tenant: Tenant, plan: Plan, interval: str) -> Subscription:
    """Let staff give a tenant any plan, now; RapidAPI goes on billing what it bills."""
    if not actor.is_staff:
        raise Forbidden
    if is_sold_by_marketplace(tenant.pk):
        return hold_plan(actor=actor, tenant_id=tenant.pk, plan=plan)
    if Subscription.objects.filter(tenant_id=tenant.pk).exclude(provider="").exists():
        raise PlanPaidElsewhere
    return subscribe(actor=actor, tenant_id=tenant.pk, plan=plan, interval=interval)
