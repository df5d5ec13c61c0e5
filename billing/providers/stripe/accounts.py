"""Whose customer is whose: made by us, kept by us, and never taken from what somebody says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from accounts.models import Tenant, User
from billing.models import ProviderAccount
from billing.providers.stripe.client import NAME, api, asking

if TYPE_CHECKING:
    from accounts.principal import Principal


def account_of(principal: Principal) -> ProviderAccount | None:
    """Return the tenant's account, locked: one change at Stripe at a time. In a transaction."""
    found = ProviderAccount.objects.visible_to(principal).filter(provider=NAME)
    return found.select_for_update().first()


def ensure_account(principal: Principal) -> ProviderAccount:
    """Return the tenant's account, locked, and a customer at Stripe with it. In a transaction."""
    present = account_of(principal)
    if present is not None:
        return present
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    person = User.objects.filter(pk=principal.user_id).first() if principal.user_id else None
    customer = {
        "name": tenant.name,
        "metadata": {"countermark_tenant": str(tenant.pk)},
        **({"email": person.email} if person else {}),
    }
    # The second of two clicks finds the customer of the first.
    same = hashlib.sha256(repr(customer).encode()).hexdigest()[:32]
    with asking("customer", tenant=str(tenant.pk)):
        made = api().customers.create(
            params=customer, options={"idempotency_key": f"customer-{tenant.pk}-{same}"}
        )
    ProviderAccount.objects.get_or_create(
        tenant=tenant, defaults={"provider": NAME, "customer_id": made.id}
    )
    return ProviderAccount.objects.select_for_update().get(tenant=tenant)
