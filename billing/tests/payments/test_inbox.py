"""The webhook inbox: what is signed counts once, in any order; what is not is nothing."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client

from accounts.tests.cast import Person
from billing.models import Plan, ProviderAccount, ProviderEvent, Subscription
from billing.providers import report_further_pages, take_payments_on
from billing.services.subscriptions import begin_subscription
from billing.tests.factories import use
from billing.tests.payments.conftest import EVENTS, Buyer, post, send
from billing.tests.payments.fake_stripe import FakeStripe
from billing.views.provider import BODY_MAX_BYTES, FORGED

pytestmark = pytest.mark.django_db


def version_of(buyer: Buyer) -> int:
    return buyer.subscription.version


def test_an_event_that_comes_twice_is_there_once(buyer: Buyer) -> None:
    buyer.buy("pro")
    before = version_of(buyer)
    (event, *_) = buyer.fake.events
    for _ in range(3):
        assert send(buyer.fake, event).status_code == 200
    take_payments_on()
    assert ProviderEvent.objects.filter(pk=event["id"]).count() == 1
    assert version_of(buyer) == before


def test_events_may_come_in_any_order_and_late(buyer: Buyer) -> None:
    url = buyer.choose("pro")
    paid = buyer.fake.pay((url or "").rpartition("/")[2])
    buyer.fake.edit(paid["id"], cancel_at_period_end=True)
    buyer.fake.edit(paid["id"], cancel_at_period_end=False)
    for event in reversed(buyer.news()):
        assert send(buyer.fake, event).status_code == 200
        take_payments_on()
        # Each look sees what is so now, whatever the event was about.
        assert buyer.plan == ("pro", "active")
        assert buyer.subscription.next_plan is None
    assert not ProviderEvent.objects.filter(state="pending").exists()


def test_a_lost_event_is_made_up_for(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    buyer.fake.edit(paid["id"], cancel_at_period_end=True)
    buyer.news()  # never sent
    assert take_payments_on() == 0
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    assert take_payments_on() == 1
    assert buyer.subscription.next_plan_id == "free"
    assert buyer.account.look_at > buyer.account.looked_at


def test_forged_old_and_odd_signatures_are_refused(buyer: Buyer) -> None:
    buyer.choose("pro")
    buyer.fake.pay(buyer.fake.all("checkout.session")[0]["id"])
    event = buyer.news()[0]
    body, good = buyer.fake.signed(event)
    other = json.dumps(event | {"id": "evt_other"}).encode()
    old = int(time.time()) - 400
    tries: list[tuple[bytes, str]] = [
        (body, ""),
        (body, "t=1,v1=0"),
        (body, good.replace("v1=", "v0=")),
        (body, "t=abc,v1=abc"),
        (body, f"{good}é"),
        (body, "t=" + "9" * 5000 + ",v1=x"),
        (other, good),
        (b"\xff\xfe", good),
        buyer.fake.signed(event, secret="whsec_guessed"),
        buyer.fake.signed(event, at=old),
    ]
    for sent, signature in tries:
        answer = post(sent, signature)
        assert (answer.status_code, ProviderEvent.objects.count()) == (400, 0)
    assert post(body, good).status_code == 200
    assert buyer.plan == ("free", "active")
    take_payments_on()
    assert buyer.plan == ("pro", "active")


@pytest.mark.parametrize(
    "event",
    [
        [],
        {},
        "text",
        {"id": 7, "type": "invoice.paid", "created": 1, "data": {"object": {}}},
        {"id": "e" * 300, "type": "invoice.paid", "created": 1, "data": {"object": {}}},
        {"id": "e\0", "type": "invoice.paid", "created": 1, "data": {"object": {"customer": "c"}}},
        {"id": "e", "type": "invoice.paid", "created": 10**30, "data": {"object": {}}},
        {"id": "e", "type": "invoice.paid", "created": "x", "data": {"object": {}}},
        {"id": "e", "type": "invoice.paid", "created": 1, "data": {"object": []}},
    ],
)
def test_what_is_signed_but_odd_is_refused_too(shop: FakeStripe, event: Any) -> None:
    body, signature = shop.signed(event)
    assert post(body, signature).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_bodies_are_small_and_methods_few(shop: FakeStripe) -> None:
    assert post(b"x" * (BODY_MAX_BYTES + 1), "t=1,v1=x").status_code == 413
    assert Client().get(EVENTS).status_code == 405
    # Neither a session nor a token is asked for, or would help.
    assert Client(enforce_csrf_checks=True).post(EVENTS, b"{}", "application/json").status_code == (
        400
    )


def test_who_forges_again_and_again_has_to_wait(shop: FakeStripe) -> None:
    answers = [post(b"{}", "t=1,v1=x") for _ in range(FORGED.most + 1)]
    assert answers[-2].status_code == 400
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0
    body, signature = shop.signed({"type": "ping", "id": "e", "created": 1, "data": {"object": {}}})
    assert post(body, signature).status_code == 200  # Stripe is not held up by it


def test_a_new_secret_and_the_old_one_hold_while_they_are_rolled(
    buyer: Buyer, settings: Any
) -> None:
    buyer.choose("pro")
    buyer.fake.pay(buyer.fake.all("checkout.session")[0]["id"])
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", *settings.STRIPE_WEBHOOK_SECRETS]
    one, two, *_ = buyer.news()
    assert send(buyer.fake, one).status_code == 200
    assert send(buyer.fake, two, secret="whsec_new").status_code == 200


def test_no_inbox_without_stripe(db: None, settings: Any) -> None:
    settings.PAYMENT_PROVIDER = "local"
    assert post(b"{}", "t=1,v1=x").status_code == 404


def test_customers_of_others_are_nobody_here(buyer: Buyer) -> None:
    buyer.buy("pro")
    event = next(e for e in buyer.fake.events if e["type"] == "invoice.paid")
    thing = event["data"]["object"] | {"customer": "cus_of_another_shop"}
    assert send(buyer.fake, event | {"id": "evt_x", "data": {"object": thing}}).status_code == 200
    assert ProviderEvent.objects.get(pk="evt_x").state == "ignored"
    assert take_payments_on() == 0


def test_nothing_that_is_said_takes_anothers_customer(
    buyer: Buyer, stranger: Person, shop: FakeStripe
) -> None:
    """A subscription is whose customer it is; references and metadata are anybody's to write."""
    theirs = Buyer(stranger, shop)
    theirs.buy("business")
    buyer.buy("pro")
    event = next(e for e in shop.events if e["type"] == "checkout.session.completed")
    assert event["data"]["object"]["customer"] == theirs.account.customer_id
    ours = str(buyer.person.tenant.pk)
    said = {"client_reference_id": ours, "metadata": {"countermark_tenant": ours}}
    forged = event | {"id": "evt_f", "data": {"object": event["data"]["object"] | said}}
    assert send(shop, forged).status_code == 200
    refused = ProviderEvent.objects.get(pk="evt_f")
    assert refused.state == "refused" and "another workspace" in refused.note
    take_payments_on()
    assert (buyer.plan[0], theirs.plan[0]) == ("pro", "business")
    accounts = ProviderAccount.objects.values_list("tenant_id", "customer_id")
    assert len(dict(accounts)) == 2 == len({customer for _, customer in accounts})


def test_events_of_the_other_mode_are_not_ours(buyer: Buyer) -> None:
    buyer.buy("pro")
    event = buyer.fake.events[-1] | {"id": "evt_live", "livemode": True}
    assert send(buyer.fake, event).status_code == 200
    assert not ProviderEvent.objects.filter(pk="evt_live").exists()


@pytest.mark.parametrize("how", ["500", "429", "drop"])
def test_stripe_away_while_we_look_only_delays(buyer: Buyer, how: str) -> None:
    buyer.choose("pro")
    buyer.fake.pay(buyer.fake.all("checkout.session")[0]["id"])
    buyer.fake.fail("/v1/subscriptions", how, times=1 if how == "429" else 2)
    buyer.hear()
    assert buyer.plan == ("free", "active")
    assert buyer.account.failures == 1 and buyer.account.last_error
    assert take_payments_on() == 0  # not at once again
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    take_payments_on()
    assert buyer.plan == ("pro", "active")
    assert (buyer.account.failures, buyer.account.last_error) == (0, "")
    assert not ProviderEvent.objects.filter(state="pending").exists()


def test_who_died_while_looking_holds_nobody_up_for_ever(buyer: Buyer) -> None:
    buyer.choose("pro")
    buyer.fake.pay(buyer.fake.all("checkout.session")[0]["id"])
    buyer.choose  # noqa: B018
    for event in buyer.news():
        send(buyer.fake, event)
    from billing.providers.stripe import looking

    dead = looking._claim()
    assert dead and take_payments_on() == 0
    ProviderAccount.objects.update(lease_until="2026-01-01T00:00:00Z")
    assert take_payments_on() == 1
    assert buyer.plan == ("pro", "active")
    looking._look(dead)  # not dead after all: what it writes is not taken
    assert buyer.plan == ("pro", "active")


def test_a_price_that_nobody_knows_is_said_to_staff(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    plan = next(
        p["id"] for p in buyer.fake.all("price") if p["lookup_key"] == "countermark_pro_monthly"
    )
    stray = buyer.fake.make("price", "price", **buyer.fake.things[plan] | {"id": "price_stray"})
    buyer.fake.swap(paid["id"], plan, stray["id"])
    buyer.hear()
    assert buyer.plan == ("pro", "active")
    assert "price_stray" in buyer.account.last_error


def test_what_nobody_thought_of_holds_up_neither_others_nor_reports(
    buyer: Buyer, stranger: Person, shop: FakeStripe
) -> None:
    odd, other = buyer.buy("pro"), Buyer(stranger, shop)
    other.buy("pro")
    new = {"id": "in_new", "currency": "much too long"}  # the database refuses it
    shop.things[odd["latest_invoice"]] |= new
    use(stranger.tenant, pages=21_000)
    report_further_pages()
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    ProviderAccount.objects.filter(pk=buyer.account.pk).update(look_at="2025-01-01T00:00:00Z")
    assert take_payments_on() == 3
    assert (buyer.account.failures, other.account.failures) == (1, 0)
    assert buyer.account.last_error == "DataError"
    assert shop.metered(other.account.customer_id) == 150


def test_a_price_that_was_raised_is_still_the_plans(buyer: Buyer) -> None:
    from billing.providers.stripe.prices import publish_prices

    buyer.buy("pro")
    Plan.objects.filter(code="pro").update(monthly_price=2_100)
    assert [price.amount for price in publish_prices()] == [2_100]
    assert publish_prices() == []
    ProviderAccount.objects.update(look_at="2026-01-01T00:00:00Z")
    take_payments_on()
    assert buyer.plan == ("pro", "active")


def test_a_customer_that_is_deleted_at_stripe_has_nothing_left(buyer: Buyer) -> None:
    buyer.buy("pro")
    customer = buyer.account.customer_id
    thing = buyer.fake.things.pop(customer)
    buyer.fake._emit("customer.deleted", thing)
    buyer.hear()
    assert buyer.plan == ("free", "active")
    assert Subscription.objects.get().provider == ""
    buyer.buy("pro")  # as another customer
    assert buyer.plan == ("pro", "active") and buyer.account.customer_id != customer


def test_a_workspace_that_never_paid_has_no_account(stranger: Person, shop: FakeStripe) -> None:
    begin_subscription(tenant=stranger.tenant)
    answer = stranger.client.post("/billing/portal/", follow=True)
    assert "pays nothing" in answer.content.decode()
    assert not ProviderAccount.objects.exists()
