"""Whose customer is whose: made by us, kept by us, and never taken from what somebody says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

import stripe

from accounts.models import Tenant, User
from billing.models import BillingDetails, ProviderAccount
from billing.providers.stripe.client import NAME, api, asking, log, said

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
    account.checkout_id, account.details_version = "", 0
    account.save(update_fields=["customer_id", "checkout_id", "details_version"])


def tell_details(*, tenant_id: UUID, customer_id: str, known: int) -> int:
    """Let the customer have name and e-mail of the tenant's billing details, where they are new.

    ``known``: the version that it has; returns the one that it has now. What is empty leaves what
    is there. Raises what the library raises, but for what Stripe will never take: an address that
    it does not like holds nothing else up.
    """
    details = BillingDetails.objects.filter(tenant_id=tenant_id).first()
    if details is None or details.version == known:
        return known
    said_there = {"name": details.name, "email": details.email}
    if params := {name: value for name, value in said_there.items() if value}:
        try:
            api().customers.update(customer_id, params=params)
        except stripe.InvalidRequestError as error:
            log.warning("stripe_details_refused", tenant=str(tenant_id), error=said(error))
    return details.version


def _make_customer(principal: Principal, *, instead_of: str = "") -> str:
    tenant = Tenant.objects.get(pk=principal.tenant_id)
    person = User.objects.filter(pk=principal.user_id).first() if principal.user_id else None
    # What the billing details say instead is told by the first look.
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
