"""Who takes the money: ``current()`` is the provider that the settings name.

``local`` needs nobody outside; ``stripe`` is loaded only where it is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from billing.providers.interface import PaymentUnavailable, Provider
from billing.providers.local import LocalProvider
from billing.providers.marketplace import MarketplaceProvider
from billing.services.marketplace import is_sold_by_marketplace

if TYPE_CHECKING:
    from accounts.principal import Principal

__all__ = [
    "PaymentUnavailable",
    "Provider",
    "current",
    "provider_for",
    "report_further_pages",
    "take_payments_on",
]


def current() -> Provider:
    """Return the provider of this installation."""
    if settings.PAYMENT_PROVIDER == "stripe":
        from billing.providers.stripe.provider import StripeProvider

        return StripeProvider()
    return LocalProvider()


def provider_for(principal: Principal) -> Provider:
    """Return who takes a tenant's money: RapidAPI that of its customers."""
    if is_sold_by_marketplace(principal.tenant_id):
        return MarketplaceProvider()
    return current()


def take_payments_on() -> int:
    """Do what is due with the provider (the relay's); return how much that was."""
    return current().work_off()


def report_further_pages() -> int:
    """Write down what further pages cost since the last time (the relay's); return how many."""
    return current().meter()
