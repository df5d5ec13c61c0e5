"""Stripe as one of the providers (billing/providers/interface.py)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from billing.models import Plan, ProviderAccount, Subscription
from billing.providers.interface import PaymentUnavailable
from billing.providers.stripe import inbox
from billing.providers.stripe.accounts import account_of, ensure_account, replace_customer
from billing.providers.stripe.changes import cancel_remote, change_remote
from billing.providers.stripe.checkout import PLAN_PATH, CustomerGone, start_checkout
from billing.providers.stripe.client import NAME, api, asking, log
from billing.providers.stripe.looking import forget_events, look_after_accounts, settle_account
from billing.providers.stripe.metering import send_reports, write_reports
from billing.providers.stripe.remote import Remote, UnknownPrice, read_remote
from billing.services.provider_queue import look_soon
from billing.services.subscriptions import (
    cancel_subscription,
    change_plan,
    is_dearer,
    is_invoiced,
    offered_plan,
    subscription_of,
)
from config.errors import Conflict

if TYPE_CHECKING:
    from accounts.principal import Principal


class TermInvoiced(Conflict):
    """The present term is one that we have invoiced, and the plan costs no more."""

    code = "term_invoiced"
    message = (
        "The present term is billed by invoice, and not taken back for a plan that costs no more."
        " Cancel it, and choose the other plan when it has ended."
    )


class StripeProvider:
    """Plans are paid on Stripe's pages, and are what Stripe says that they are."""

    name = NAME
    takes_payments = True

    def change_plan(self, *, principal: Principal, plan_code: str, interval: str) -> str | None:
        """Lead to Checkout for the first plan; change what is paid already."""
        principal.require("billing:write")
        plan = offered_plan(plan_code, interval)
        with transaction.atomic():
            account = account_of(principal)
            remote = _read(account) if account else None
            if account and remote:
                with asking("change", tenant=str(principal.tenant_id), plan=plan.code):
                    url = change_remote(remote, plan, interval)
                _look_after_change(account)
                return url
            if not plan.price(interval) or _is_own(principal, plan, interval):
                _settle_end(account)
                change_plan(principal=principal, plan_code=plan_code, interval=interval)
                return None
            _require_no_invoiced_term(principal, plan, interval)
            account = account or ensure_account(principal)
            url = _checkout(account, principal, plan, interval)
            _settle_end(account)
            return url

    def cancel(self, *, principal: Principal) -> None:
        """Let what is paid end with its term."""
        principal.require("billing:write")
        with transaction.atomic():
            account = account_of(principal)
            remote = _read(account) if account else None
            if not account or not remote:
                _settle_end(account)
                cancel_subscription(principal=principal)
                return
            with asking("cancel", tenant=str(principal.tenant_id)):
                cancel_remote(remote)
            _look_after_change(account)

    def open_portal(self, *, principal: Principal) -> str | None:
        """Return the address of a session of Stripe's portal; it holds for some minutes."""
        principal.require("billing:write")
        account = ProviderAccount.objects.visible_to(principal).filter(provider=NAME).first()
        if account is None:
            return None
        page = {"customer": account.customer_id, "return_url": f"{settings.PUBLIC_URL}{PLAN_PATH}"}
        with asking("portal", tenant=str(principal.tenant_id)):
            return str(api().billing_portal.sessions.create(params=page).url)

    def refresh(self, *, principal: Principal) -> bool:
        """Have the relay look now, should the event be late; who only supports asks for nothing."""
        principal.require("billing:read")
        if principal.support is not None:
            return False
        ours = ProviderAccount.objects.visible_to(principal).filter(provider=NAME)
        look_soon(ours)
        return ours.exists()

    def receive(self, *, body: bytes, signature: str) -> None:
        """Take an event in."""
        inbox.receive(body=body, signature=signature)

    def work_off(self) -> int:
        """Look at accounts, send reports."""
        return look_after_accounts() + send_reports()

    def meter(self) -> int:
        """Write reports of what was spent since the last ones; forget events of long ago."""
        forget_events()
        return write_reports()


def _checkout(account: ProviderAccount, principal: Principal, plan: Plan, interval: str) -> str:
    try:
        return start_checkout(account=account, plan=plan, interval=interval)
    except CustomerGone:
        replace_customer(account, principal)
        return start_checkout(account=account, plan=plan, interval=interval)


def _settle_end(account: ProviderAccount | None) -> None:
    """Tell our rows of what has ended unseen; when Stripe is not asked any more."""
    if account and account.subscription_id:
        settle_account(account, None)


def _read(account: ProviderAccount) -> Remote | None:
    try:
        with asking("subscription", tenant=str(account.tenant_id)):
            return read_remote(account.customer_id)
    except UnknownPrice as error:
        log.error("stripe_price_unknown", tenant=str(account.tenant_id), error=str(error))
        raise PaymentUnavailable from error


def _look_after_change(account: ProviderAccount) -> None:
    """Look at what came of a change; Stripe has it, so that a failure now only means: later.

    The relay looks, too, and has more time: it copies what was paid.
    """
    with suppress(PaymentUnavailable):
        settle_account(account, _read(account))
    look_soon(ProviderAccount.objects.filter(pk=account.pk))


def _require_no_invoiced_term(principal: Principal, plan: Plan, interval: str) -> None:
    """Raise TermInvoiced where a term of ours would be cut, and credited, for a plan no dearer."""
    present: Subscription | None = subscription_of(principal)
    if present and is_invoiced(present) and not is_dearer(plan, interval, than=present):
        raise TermInvoiced


def _is_own(principal: Principal, plan: Plan, interval: str) -> bool:
    """Whether it is what the tenant has without paying at Stripe: staff have given it."""
    present: Subscription | None = subscription_of(principal)
    if present is None or present.provider == NAME:
        return False
    return (present.plan_id, present.interval) == (plan.pk, interval)
