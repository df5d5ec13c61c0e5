"""Checkout: the first payment of a plan, on Stripe's page."""

from __future__ import annotations

from typing import Any

import stripe
from django.conf import settings

from billing.models import Plan, ProviderAccount, ProviderPrice, Subscription
from billing.providers.interface import PaymentUnavailable
from billing.providers.stripe.client import NAME, api, asking, is_missing, log
from billing.providers.stripe.remote import read_remote
from billing.services.subscriptions import has_trial
from config.errors import Conflict

RETURN_PATH = "/billing/return/"
PLAN_PATH = "/billing/"


class PaymentUnderWay(Conflict):
    """The page to pay on that was opened before has just been used."""

    code = "payment_under_way"
    message = "A payment of this workspace has just come in. Please look again in a moment."


class CustomerGone(Exception):
    """Somebody has deleted the customer at Stripe."""


def start_checkout(*, account: ProviderAccount, plan: Plan, interval: str) -> str:
    """Open a page on which the plan is paid; return its address.

    In a transaction that holds the account. The page that was open before is closed, so that of
    two one is paid at most. Raises PaymentUnderWay, PaymentUnavailable and CustomerGone.
    """
    _close_before(account)
    with asking("checkout", tenant=str(account.tenant_id), plan=plan.code):
        try:
            session = api().checkout.sessions.create(params=_session(account, plan, interval))
        except stripe.InvalidRequestError as error:
            if is_missing(error) and error.param == "customer":
                raise CustomerGone from error
            raise
    account.checkout_id = session.id
    account.save(update_fields=["checkout_id"])
    return str(session.url)


def items_of(plan: Plan, interval: str) -> list[dict[str, Any]]:
    """Return the prices that a subscription of the plan has: its own, and of further pages."""
    current = ProviderPrice.objects.filter(provider=NAME, is_current=True, interval=interval)
    own = current.filter(plan=plan).first()
    pages = current.filter(plan__isnull=True, currency=plan.currency).first()
    if own is None or (pages is None and plan.page_price is not None):
        log.error("stripe_price_missing", plan=plan.code, interval=interval)
        raise PaymentUnavailable("This plan cannot be paid yet. Please tell us.")
    items: list[dict[str, Any]] = [{"price": own.pk, "quantity": 1}]
    # Each plan has it, whether or not it sells further pages: what a plan before sold is owed.
    return [*items, {"price": pages.pk}] if pages else items


def _session(account: ProviderAccount, plan: Plan, interval: str) -> dict[str, Any]:
    tenant_id = str(account.tenant_id)
    present = Subscription.objects.filter(tenant_id=account.tenant_id).first()
    trial = {"trial_period_days": plan.trial_days} if has_trial(plan, before=present) else {}
    taxes: dict[str, Any] = {
        "automatic_tax": {"enabled": True},
        "tax_id_collection": {"enabled": True},
        "customer_update": {"address": "auto", "name": "auto"},
    }
    return {
        "mode": "subscription",
        "customer": account.customer_id,
        "client_reference_id": tenant_id,
        "line_items": items_of(plan, interval),
        "success_url": f"{settings.PUBLIC_URL}{RETURN_PATH}",
        "cancel_url": f"{settings.PUBLIC_URL}{PLAN_PATH}",
        "subscription_data": {
            "metadata": {"countermark_tenant": tenant_id},
            # What was used is invoiced where a plan changes before its term's end.
            "billing_mode": {"type": "flexible"},
            **trial,
        },
        **(taxes if settings.STRIPE_TAX else {}),
    }


def _close_before(account: ProviderAccount) -> None:
    """Close the page that is open; raises PaymentUnderWay if it has just been paid on."""
    if not account.checkout_id:
        return
    try:
        api().checkout.sessions.expire(account.checkout_id)
    except stripe.InvalidRequestError:  # it is over: nobody came, or somebody paid
        with asking("subscription", tenant=str(account.tenant_id)):
            if read_remote(account.customer_id) is not None:
                raise PaymentUnderWay from None
    except stripe.StripeError as error:
        raise PaymentUnavailable from error
