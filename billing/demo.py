"""A plan for the demo workspace of a fresh machine: one under which nothing stops too early."""

from __future__ import annotations

from accounts.models import Tenant
from billing.catalogue import BUSINESS
from billing.models import Plan, Subscription
from billing.services.subscriptions import subscribe


def ensure_demo_plan(*, tenant: Tenant) -> None:
    """Give the demo its plan once; what somebody has chosen since stays."""
    chosen = Subscription.objects.filter(tenant=tenant, version__gt=0).exists()
    plan = Plan.objects.filter(code=BUSINESS).first()
    is_new = Subscription.objects.filter(tenant=tenant).exists()
    if is_new and plan and not chosen:
        subscribe(actor=None, tenant_id=tenant.pk, plan=plan)
