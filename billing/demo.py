"""A plan for the demo workspace of a fresh machine, under which nothing stops early; its bill."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import Tenant
from billing.catalogue import BUSINESS
from billing.models import BillingDetails, Plan, Subscription
from billing.services.closing import close_turn
from billing.services.invoicing import sells
from billing.services.subscriptions import subscribe


def ensure_demo_plan(*, tenant: Tenant) -> None:
    """Give the demo its plan once; what somebody has chosen since stays."""
    chosen = Subscription.objects.filter(tenant=tenant, version__gt=0).exists()
    plan = Plan.objects.filter(code=BUSINESS).first()
    is_new = Subscription.objects.filter(tenant=tenant).exists()
    if is_new and plan and not chosen:
        subscribe(actor=None, tenant_id=tenant.pk, plan=plan)
        _bill(tenant)


def _bill(tenant: Tenant) -> None:
    """Issue the first invoice without its minute of waiting: a fresh workspace shows one."""
    address = "14 Harbour Street\nDublin D02 X285\nIreland"
    BillingDetails.objects.get_or_create(
        tenant=tenant, defaults={"name": f"{tenant.name} Ltd", "address": address}
    )
    if sells():
        close_turn(tenant_id=tenant.pk, wait=timedelta(0))
