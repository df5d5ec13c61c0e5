"""Who is named in the billing details is who Stripe writes to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import TestCase

from billing.models import ProviderAccount
from billing.providers import current, take_payments_on
from billing.providers.stripe import looking
from billing.services.billing_details import change_billing_details
from billing.tests.payments.conftest import Buyer

pytestmark = pytest.mark.django_db


def say(buyer: Buyer, **details: str) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        change_billing_details(principal=buyer.person.principal, changes=details, seen=None)


def customer(buyer: Buyer) -> dict[str, str]:
    found: dict[str, str] = buyer.fake.things[buyer.account.customer_id]
    return found


def test_a_new_address_is_told_within_a_moment_and_once(buyer: Buyer) -> None:
    buyer.buy("pro")
    assert customer(buyer)["email"] == "owner@acme.example"
    say(buyer, email="books@acme.example", name="Acme Limited")
    assert take_payments_on() == 1
    assert customer(buyer)["email"] == "books@acme.example"
    assert customer(buyer)["name"] == "Acme Limited"
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    take_payments_on()
    told = [path for how, path, *_ in buyer.fake.requests if path.startswith("/v1/customers/")]
    assert len(told) == 1


def test_what_was_said_before_anything_was_bought_holds(buyer: Buyer) -> None:
    say(buyer, email="books@acme.example")
    assert not ProviderAccount.objects.exists()
    buyer.buy("pro")
    assert customer(buyer)["email"] == "books@acme.example"
    say(buyer, email="")  # who says nothing changes nothing there
    take_payments_on()
    assert customer(buyer)["email"] == "books@acme.example"


def test_an_address_that_stripe_does_not_take_holds_nothing_up(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    say(buyer, email="books@acme.invalid")
    buyer.fake.edit(paid["id"], cancel_at_period_end=True)
    take_payments_on()
    assert buyer.subscription.next_plan_id == "free" and buyer.account.failures == 0


def test_stripe_away_is_told_later(buyer: Buyer) -> None:
    buyer.buy("pro")
    say(buyer, email="books@acme.example")
    buyer.fake.fail(f"/v1/customers/{buyer.account.customer_id}", "500", times=2)
    take_payments_on()
    assert (buyer.account.failures, buyer.account.details_version) == (1, 0)
    say(buyer, name="Acme Limited")  # shortens no pause
    assert take_payments_on() == 0
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    take_payments_on()
    assert customer(buyer)["email"] == "books@acme.example"
    assert buyer.account.details_version == 2


@pytest.mark.parametrize("has_ended", [False, True])
@pytest.mark.parametrize("is_lost", [False, True], ids=["asked", "died before it asked"])
def test_what_is_said_while_a_look_is_under_way_is_told_by_the_next(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch, has_ended: bool, is_lost: bool
) -> None:
    paid = buyer.buy("pro")
    if has_ended:
        buyer.fake.things[paid["id"]]["status"] = "canceled"
    say(buyer, email="first@acme.example")
    read = looking.read_remote

    def read_while_somebody_saves(customer_id: str) -> Any:
        monkeypatch.setattr(looking, "read_remote", read)
        remote = read(customer_id)
        say(buyer, email="second@acme.example")
        if is_lost:
            ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
        return remote

    monkeypatch.setattr(looking, "read_remote", read_while_somebody_saves)
    if is_lost:
        ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    assert take_payments_on() == 2
    assert customer(buyer)["email"] == "second@acme.example"
    assert take_payments_on() == 0


def test_who_comes_back_while_a_look_is_under_way_has_another(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they did at Stripe may be of a moment after it was read."""
    paid = buyer.buy("pro")
    say(buyer, name="Acme Limited")
    read = looking.read_remote

    def read_before_the_end(customer_id: str) -> Any:
        monkeypatch.setattr(looking, "read_remote", read)
        remote = read(customer_id)
        buyer.fake.edit(paid["id"], cancel_at_period_end=True)
        current().refresh(principal=buyer.person.principal)
        return remote

    monkeypatch.setattr(looking, "read_remote", read_before_the_end)
    assert take_payments_on() == 2
    assert buyer.subscription.next_plan_id == "free"


def test_a_plan_bought_after_its_end_forgets_no_details(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    say(buyer, email="books@acme.example")
    buyer.fake.things[paid["id"]]["status"] = "canceled"  # seen by the second purchase
    assert buyer.choose("pro")
    assert take_payments_on() == 1
    assert customer(buyer)["email"] == "books@acme.example"
