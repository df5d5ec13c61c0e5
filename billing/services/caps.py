"""Caps on what a tenant spends beside its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import AuditAction, Tenant
from accounts.services.audit import record
from billing.services.limits import lock_tenant

if TYPE_CHECKING:
    from accounts.principal import Principal

# In minor units.
CAP_MAX = 1_000_000_000


def set_spend_cap(*, principal: Principal, cap: int | None) -> None:
    """Let further pages of a month cost at most ``cap`` minor units; None: any amount.

    Counts at once, also for what is under way: that finds its pages held already.
    """
    principal.require("billing:write")
    with transaction.atomic():
        lock_tenant(principal.tenant_id)
        Tenant.objects.filter(pk=principal.tenant_id).update(monthly_spend_cap=cap)
        record(
            tenant_id=principal.tenant_id,
            actor=principal,
            action=AuditAction.SPEND_CAP_CHANGED,
            subject=f"tenant:{principal.tenant_id}",
            details={"cap": cap},
        )
