"""To whom invoices are addressed: said by the tenant, copied onto each as it is issued."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import AuditAction
from accounts.services.audit import record
from billing.models import BillingDetails, ProviderAccount
from billing.services.limits import lock_tenant
from billing.services.provider_queue import look_soon
from config.errors import DomainError, Invalid

if TYPE_CHECKING:
    from accounts.principal import Principal

ADDRESS_LINES_MAX = 8


class DetailsChanged(DomainError):
    """The details are not what the caller has seen."""

    code = "precondition_failed"
    status = 412
    message = "The billing details have been changed meanwhile. Fetch them again."


def details_of(principal: Principal) -> BillingDetails:
    """Return the tenant's details; empty ones of version 0, where nothing was said yet."""
    found = BillingDetails.objects.filter(tenant_id=principal.tenant_id).first()
    return found or BillingDetails(tenant_id=principal.tenant_id, version=0)


def change_billing_details(
    *, principal: Principal, changes: Mapping[str, str], seen: Collection[int] | None
) -> BillingDetails:
    """Change ``name``, ``address``, ``tax_id`` or ``email`` for invoices that come from now on.

    ``seen`` are the versions that may be overwritten, None for any. Raises InsufficientScope,
    DetailsChanged, and Invalid for an address of too many lines.

    A payment provider is told of them, too, once they stand: whoever is at work there holds the
    account, may wait for the tenant's row, and must not wait for us behind it.
    """
    principal.require("billing:write")
    clean = {name: _clean(name, text) for name, text in changes.items()}
    with transaction.atomic():
        lock_tenant(principal.tenant_id)
        details = details_of(principal)
        if seen is not None and details.version not in seen:
            raise DetailsChanged
        if not details.version:
            BillingDetails.objects.create(tenant_id=principal.tenant_id, version=0)
        rows = BillingDetails.objects.filter(tenant_id=principal.tenant_id)
        rows.update(**clean, version=F("version") + 1, updated_at=Now())
        record(
            tenant_id=principal.tenant_id,
            actor=principal,
            action=AuditAction.BILLING_DETAILS_CHANGED,
            subject=f"tenant:{principal.tenant_id}",
            details={"changed": sorted(clean)},
        )
        # Should we die first, the look of every day tells it.
        accounts = ProviderAccount.objects.visible_to(principal)
        transaction.on_commit(partial(look_soon, accounts), robust=True)
        return rows.get()


def _clean(name: str, text: str) -> str:
    """Return a text as it is printed: no spaces but single ones, no empty lines."""
    rows = [" ".join(row.split()) for row in text.splitlines()]
    rows = [row for row in rows if row]
    if name != "address":
        return " ".join(rows)
    if len(rows) > ADDRESS_LINES_MAX:
        problem = {
            "loc": ["body", "address"],
            "msg": f"An address has at most {ADDRESS_LINES_MAX} lines.",
            "type": "too_many_lines",
        }
        raise Invalid(problems=[problem])
    return "\n".join(rows)
