"""Looking at what tenants have at Stripe, and letting our rows be that.

An event only says that it is time to look. Who looks holds a lease and writes with its token, so
that of two the later reading wins; what a lost event would have told is seen within a day.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import stripe
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from billing.catalogue import FREE
from billing.models import BillingDetails, Plan, ProviderAccount, ProviderEvent, Subscription
from billing.providers.stripe.accounts import tell_details
from billing.providers.stripe.client import NAME, log, said
from billing.providers.stripe.remote import (
    Remote,
    UnknownPrice,
    read_payments,
    read_remote,
)
from billing.services.managed import ManagedTerm, end_managed, mirror_term
from billing.services.payments import ProviderPayment, copy_payments
from billing.services.terms import moment

BATCH = 20
AT_LEAST_EVERY = timedelta(hours=24)
# Stripe takes a moment to begin a term.
AFTER_THE_TERM = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
KEPT_FOR = timedelta(days=90)

_CLAIM = """
    UPDATE billing_provideraccount SET lease_token = %(token)s,
        lease_until = statement_timestamp() + %(lease)s
    WHERE id = (
        SELECT id FROM billing_provideraccount WHERE id IN (
            SELECT id FROM billing_provideraccount WHERE look_at <= statement_timestamp()
            UNION ALL
            SELECT account.id FROM billing_providerevent event
            JOIN billing_provideraccount account USING (provider, customer_id)
            WHERE event.state = 'pending' AND account.failures = 0
        ) AND provider = 'stripe'
            AND (lease_until IS NULL OR lease_until <= statement_timestamp())
        ORDER BY look_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, customer_id, statement_timestamp(), tenant_id, details_version, look_at
"""


class Claim(NamedTuple):
    """An account that is ours to look at."""

    account_id: UUID
    customer_id: str
    at: datetime
    tenant_id: UUID
    details_version: int
    look_at: datetime | None
    token: UUID


def look_after_accounts() -> int:
    """Look at accounts of which something is new or due; return how many."""
    done = 0
    while done < BATCH and (claim := _claim()):
        try:
            _look(claim)
        except Exception as error:
            # One account of which nobody thought holds up neither the others nor reports.
            log.exception("stripe_look_broke", customer=claim.customer_id)
            _put_off_claimed(claim, type(error).__name__)
        done += 1
    return done


def forget_events() -> int:
    """Remove events of long ago; Stripe sends none again after three days. Returns how many."""
    old = ProviderEvent.objects.filter(received_at__lt=Now() - KEPT_FOR).exclude(state="pending")
    with transaction.atomic():
        taken = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:500])
        ProviderEvent.objects.filter(pk__in=taken).delete()
    return len(taken)


def settle_account(
    account: ProviderAccount, remote: Remote | None, *, is_asked_again: bool = False
) -> None:
    """Let our rows be what ``remote`` is; look again at once where that was asked for meanwhile.

    In a transaction that holds the account, and from here on the tenant: nothing waits for Stripe
    any more. Events wait for who reads the payments as well.
    """
    now = moment()
    if remote is None:
        _end(account)
    else:
        _follow(account, remote, now)
    if is_asked_again or _has_more_to_tell(account):
        account.look_at = now
    account.failures, account.last_error, account.looked_at = 0, "", now
    account.lease_token = account.lease_until = None
    account.save()


def _follow(account: ProviderAccount, remote: Remote, now: datetime) -> None:
    if account.subscription_id != remote.id:
        account.subscription_id, account.checkout_id = remote.id, ""
    account.status = remote.status
    if remote.status != "past_due":
        account.past_due_at = None
    elif account.past_due_at is None:
        account.past_due_at = now
    account.look_at = _next_look(account, remote, now)
    # First, since a plan that is managed names an account that has a subscription.
    account.save()
    free = Plan.objects.filter(code=FREE).first() if remote.is_ending else None
    mirror_term(
        tenant_id=account.tenant_id,
        provider=NAME,
        term=ManagedTerm(
            plan=remote.plan,
            interval=remote.interval,
            state=_state(account, now),
            starts_at=remote.starts_at,
            ends_at=remote.ends_at,
            next_plan=free or remote.next_plan,
            next_interval="" if free else remote.next_interval,
            pay_before=account.grace_ends_at,
        ),
    )


def _end(account: ProviderAccount) -> None:
    end_managed(tenant_id=account.tenant_id, provider=NAME)
    account.subscription_id = account.status = ""
    account.past_due_at = account.look_at = None


def _has_more_to_tell(account: ProviderAccount) -> bool:
    """Whether there are billing details that Stripe does not have: maybe said since we looked."""
    details = BillingDetails.objects.filter(tenant_id=account.tenant_id)
    return details.exclude(version=account.details_version).exists()


def _state(account: ProviderAccount, now: datetime) -> str:
    """Return our word for Stripe's: a payment that failed leaves the plan for days of grace."""
    if account.status in ("trialing", "active"):
        return account.status
    if account.grace_ends_at and now < account.grace_ends_at:
        return Subscription.State.PAST_DUE.value
    return Subscription.State.RESTRICTED.value


def _next_look(account: ProviderAccount, remote: Remote, now: datetime) -> datetime:
    moments = [remote.ends_at + AFTER_THE_TERM, now + AT_LEAST_EVERY]
    if account.grace_ends_at:
        moments.append(account.grace_ends_at)
    return min((each for each in moments if each > now), default=now + AT_LEAST_EVERY)


def _claim() -> Claim | None:
    token = uuid.uuid4()
    # Longer than two attempts of the library at all that is read.
    lease = timedelta(seconds=30 + 4 * settings.STRIPE_TIMEOUT_SECONDS)
    given: dict[str, Any] = {"token": token, "lease": lease}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, given)
        row = cursor.fetchone()
    return Claim._make((*row, token)) if row else None


def _look(claim: Claim) -> None:
    error: str | None = None
    remote: Remote | None = None
    payments: list[ProviderPayment] = []
    version = claim.details_version
    try:
        version = tell_details(
            tenant_id=claim.tenant_id, customer_id=claim.customer_id, known=version
        )
        remote = read_remote(claim.customer_id)
        if remote is not None:
            payments = read_payments(claim.customer_id)
    except stripe.StripeError as raised:
        error = said(raised)
    except UnknownPrice as raised:
        error = f"Unknown price: {raised}"
    with transaction.atomic():
        account = _claimed(claim)
        if account is None:
            return
        if account.customer_id == claim.customer_id:
            account.details_version = version
        if error is None:
            # Else the next look, of a day to come, would be written over it.
            is_asked_again = account.look_at is not None and account.look_at != claim.look_at
            settle_account(account, remote, is_asked_again=is_asked_again)
            copy_payments(tenant_id=account.tenant_id, provider=NAME, payments=payments)
            _work_off_events(claim)
        else:
            _put_off(account, error)


def _work_off_events(claim: Claim) -> None:
    """Of those that came before we looked; later ones may tell of more."""
    ProviderEvent.objects.filter(
        provider=NAME,
        customer_id=claim.customer_id,
        state="pending",
        received_at__lte=claim.at,
    ).update(state="processed", processed_at=Now())


def _put_off_claimed(claim: Claim, error: str) -> None:
    with transaction.atomic():
        account = _claimed(claim)
        if account is not None:
            _put_off(account, error)


def _claimed(claim: Claim) -> ProviderAccount | None:
    """Return the account, locked, unless it took us too long and somebody else has it."""
    ours = ProviderAccount.objects.select_for_update().filter(
        pk=claim.account_id, lease_token=claim.token
    )
    return ours.first()


def _put_off(account: ProviderAccount, error: str) -> None:
    log.warning("stripe_look_failed", tenant=str(account.tenant_id), error=error)
    account.failures += 1
    account.last_error = error[:300]
    pause = timedelta(seconds=15 * 2 ** min(account.failures, 10))
    account.look_at = moment() + min(pause, LONGEST_PAUSE)
    account.lease_token = account.lease_until = None
    account.save()
