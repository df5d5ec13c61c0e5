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
    ProviderAccount.objects.get_or_create(
        tenant_id=principal.tenant_id,
        defaults={"provider": NAME, "customer_id": _make_customer(principal)},
    )
    return ProviderAccount.objects.select_for_update().get(tenant_id=principal.tenant_id)


def replace_customer(account: ProviderAccount, principal: Principal) -> None:
    """Make another customer, since the one before was deleted at Stripe. In a transaction."""
    account.customer_id = _make_customer(principal, instead_of=account.customer_id)
    account.checkout_id = ""
    account.save(update_fields=["customer_id", "checkout_id"])


def _make_customer(principal: Principal, *, instead_of: str = "") -> str:
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    person = User.objects.filter(pk=principal.user_id).first() if principal.user_id else None
    customer = {
        "name": tenant.name,
        "metadata": {"countermark_tenant": str(tenant.pk)},
        **({"email": person.email} if person else {}),
    }
    # The second of two clicks finds the customer of the first.
    same = hashlib.sha256(repr((customer, instead_of)).encode()).hexdigest()[:32]
    with asking("customer", tenant=str(tenant.pk)):
        made = api().customers.create(
            params=customer, options={"idempotency_key": f"customer-{tenant.pk}-{same}"}
        )
    return str(made.id)
