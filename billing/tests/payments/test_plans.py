"""A plan's life at Stripe: bought, changed, not paid, paid after all, cancelled."""

from __future__ import annotations

import pytest

from accounts.models import Tenant
from accounts.tests.factories import make_user
from billing.models import Payment, Plan, ProviderEvent
from billing.providers import PaymentUnavailable, current, report_further_pages, take_payments_on
from billing.providers.stripe.checkout import PaymentUnderWay
from billing.providers.stripe.client import API_VERSION
from billing.services.assigning import assign_plan
from billing.services.subscriptions import (
    PlanNotOffered,
    PlanPaidElsewhere,
    PlanUnchanged,
    renew_subscriptions,
)
from billing.tests.clock import Clock
from billing.tests.factories import use
from billing.tests.payments.conftest import Buyer, send
from config.invariants import Look, known_invariants

pytestmark = pytest.mark.django_db


def broken() -> list[str]:
    return [
        each.name for each in known_invariants() if each.name in OURS and list(each.find(Look()))
    ]


OURS = {
    "limits_are_the_plans",
    "quota_is_ledger",
    "quota_months_apart",
    "managed_plan_has_account",
    "meter_reports_follow",
}


def limit_of(buyer: Buyer) -> int | None:
    return Tenant.objects.get(pk=buyer.person.tenant.pk).monthly_pages


def test_a_checkout_that_is_paid_makes_the_plan_active(buyer: Buyer) -> None:
    url = buyer.choose("pro")
    assert url and url.startswith(buyer.fake.url)
    assert buyer.plan == ("free", "active")  # until it is paid
    paid = buyer.fake.pay(url.rpartition("/")[2])
    buyer.hear()
    assert buyer.plan == ("pro", "active")
    assert buyer.subscription.provider == "stripe"
    assert buyer.subscription.term_ends_at.timestamp() == paid["ends"]
    assert buyer.account.subscription_id == paid["id"]
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {"processed"}
    assert limit_of(buyer) is None and broken() == []
    session = next(each for each in buyer.fake.all("checkout.session"))
    assert session["client_reference_id"] == str(buyer.person.tenant.pk)
    versions = {headers["stripe-version"] for *_, headers in buyer.fake.requests}
    assert versions == {API_VERSION}


def test_what_costs_more_comes_at_once_and_less_at_the_terms_end(
    buyer: Buyer, clock: Clock
) -> None:
    buyer.buy("pro")
    buyer.go(clock, 10)
    use(buyer.person.tenant, pages=21_000)
    assert buyer.choose("business") is None
    assert buyer.plan == ("business", "active")  # before any event
    with pytest.raises(PlanUnchanged):
        buyer.choose("business")
    assert buyer.choose("pro") is None
    assert buyer.plan == ("business", "active")
    assert buyer.subscription.next_plan_id == "pro"
    assert buyer.choose("business") is None  # taken back
    assert buyer.subscription.next_plan_id is None
    buyer.choose("pro")
    buyer.hear()
    buyer.go(clock, 31)
    buyer.hear()
    assert buyer.plan == ("pro", "active") and buyer.subscription.next_plan_id is None
    assert broken() == []


def test_a_longer_term_has_other_prices_of_both_kinds(buyer: Buyer) -> None:
    buyer.buy("pro")
    assert buyer.choose("pro", "yearly") is None
    assert (buyer.subscription.interval, buyer.plan[0]) == ("yearly", "pro")
    (subscription,) = buyer.fake.all("subscription")
    prices = [buyer.fake.things[item["price"]] for item in subscription["items"]]
    assert {price["recurring"]["interval"] for price in prices} == {"year"}
    assert buyer.choose("pro", "monthly") is None
    assert buyer.subscription.next_interval == "monthly"


def test_what_the_portal_or_the_dashboard_changes_is_seen(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    by_plan = {p["lookup_key"]: p["id"] for p in buyer.fake.all("price")}
    buyer.fake.swap(
        paid["id"], by_plan["countermark_pro_monthly"], by_plan["countermark_business_monthly"]
    )
    buyer.hear()
    assert buyer.plan == ("business", "active")
    buyer.fake.edit(paid["id"], cancel_at_period_end=True)
    buyer.hear()
    assert buyer.subscription.next_plan_id == "free"


def test_cancelled_it_ends_with_its_term(buyer: Buyer, clock: Clock) -> None:
    buyer.buy("pro")
    current().cancel(principal=buyer.person.principal)
    assert buyer.plan == ("pro", "active") and buyer.subscription.next_plan_id == "free"
    buyer.hear()
    buyer.go(clock, 31)
    assert renew_subscriptions() == 0  # that is Stripe's to say
    buyer.hear()
    assert buyer.plan == ("free", "active") and buyer.subscription.provider == ""
    assert limit_of(buyer) == 1_000 and broken() == []
    buyer.buy("business")  # and comes again
    assert buyer.plan == ("business", "active")


def test_a_payment_that_fails_leaves_days_of_grace_then_what_is_free(
    buyer: Buyer, clock: Clock
) -> None:
    buyer.buy("pro")
    buyer.fake.set_card(buyer.account.customer_id, "declined")
    buyer.go(clock, 31)
    buyer.hear()
    use(buyer.person.tenant, pages=20_500)
    assert buyer.plan == ("pro", "past_due") and limit_of(buyer) is None
    url = buyer.choose("business")
    assert url and "/i/in_" in url  # first that
    assert buyer.choose("free") is None  # who leaves need not pay first
    assert buyer.subscription.next_plan_id == "free" and buyer.choose("pro") is None
    buyer.go(clock, 8, only_here=True)
    take_payments_on()
    assert buyer.plan == ("pro", "restricted") and limit_of(buyer) == 1_000
    assert broken() == []
    buyer.fake.set_card(buyer.account.customer_id, "ok")
    buyer.hear()
    assert buyer.plan == ("pro", "active") and limit_of(buyer) is None
    assert buyer.account.past_due_at is None and broken() == []
    report_further_pages()
    take_payments_on()  # what was used meanwhile has the price that it had
    assert buyer.fake.metered(buyer.account.customer_id) == 75


def test_what_was_paid_before_a_change_is_copied_all_the_same(buyer: Buyer) -> None:
    url = buyer.choose("pro")
    buyer.fake.pay((url or "").rpartition("/")[2])
    for event in buyer.news():
        send(buyer.fake, event)
    assert buyer.choose("business") is None  # it looks by itself, before the relay does
    assert buyer.plan == ("business", "active") and not Payment.objects.exists()
    take_payments_on()
    assert Payment.objects.count() == 2
    assert not ProviderEvent.objects.filter(state="pending").exists()


def test_a_dearer_plan_waits_for_the_bank(buyer: Buyer) -> None:
    buyer.buy("pro")
    buyer.fake.set_card(buyer.account.customer_id, "asks")
    url = buyer.choose("business")
    assert url and "/i/in_" in url
    assert buyer.plan == ("pro", "active")
    buyer.fake.set_card(buyer.account.customer_id, "ok")
    buyer.hear()
    assert buyer.plan == ("business", "active")


def test_a_trial_is_stripes_and_comes_once(buyer: Buyer, clock: Clock) -> None:
    Plan.objects.filter(code="pro").update(trial_days=14)
    buyer.buy("pro")
    assert buyer.plan == ("pro", "trialing")
    current().cancel(principal=buyer.person.principal)
    buyer.go(clock, 15)
    buyer.hear()
    assert buyer.plan == ("free", "active") and buyer.subscription.trial_used
    buyer.buy("pro")
    assert buyer.plan == ("pro", "active")


def test_of_two_pages_to_pay_on_one_is_open(buyer: Buyer) -> None:
    first, second = buyer.choose("pro"), buyer.choose("business")
    assert first and second
    assert buyer.fake.things[first.rpartition("/")[2]]["status"] == "expired"
    # Paid while a third is being opened: Stripe knows before we do.
    real = buyer.fake.all("checkout.session")[-1]["id"]
    read = [each for each in buyer.fake.requests]
    assert read
    buyer.fake.pay(real)
    assert buyer.choose("pro") is None  # it is a change of what is paid
    assert buyer.subscription.next_plan_id == "pro"


def test_a_page_paid_on_between_two_looks_opens_no_other(
    buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.providers.stripe import provider

    url = buyer.choose("pro")
    read = provider.read_remote

    def read_then_paid(customer_id: str) -> object:
        found = read(customer_id)
        buyer.fake.pay((url or "").rpartition("/")[2])
        return found

    monkeypatch.setattr(provider, "read_remote", read_then_paid)
    with pytest.raises(PaymentUnderWay):
        buyer.choose("business")
    assert len(buyer.fake.all("subscription")) == 1


def test_what_costs_nothing_needs_no_stripe(buyer: Buyer) -> None:
    with pytest.raises(PlanUnchanged):
        buyer.choose("free")
    with pytest.raises(PlanNotOffered):
        buyer.choose("enterprise")
    assert not [path for _, path, *_ in buyer.fake.requests if "customers" in path]


def test_what_has_ended_unseen_is_bought_again(buyer: Buyer) -> None:
    paid = buyer.buy("pro")
    buyer.fake.things[paid["id"]]["status"] = "canceled"  # and no event came
    assert buyer.plan == ("pro", "active")
    url = buyer.choose("pro")
    assert url and "/pay/" in url and buyer.plan == ("free", "active")


def test_staff_do_not_change_what_is_paid(buyer: Buyer) -> None:
    buyer.buy("pro")
    staff = make_user("s@countermark.example", is_staff=True)
    plan = Plan.objects.get(code="business")
    with pytest.raises(PlanPaidElsewhere):
        assign_plan(actor=staff, tenant=buyer.person.tenant, plan=plan, interval="monthly")


@pytest.mark.parametrize("how", ["500", "429", "drop", "hang"])
def test_stripe_away_changes_nothing_and_is_said(buyer: Buyer, how: str, settings) -> None:
    settings.STRIPE_TIMEOUT_SECONDS = 1
    # Of these the library asks twice, but not where it was told that it asks too often.
    buyer.fake.fail("/v1/checkout/sessions", how, times=1 if how == "429" else 2)
    with pytest.raises(PaymentUnavailable):
        buyer.choose("pro")
    assert buyer.plan == ("free", "active")
    url = buyer.choose("pro")
    assert url and len({c["id"] for c in buyer.fake.all("customer")}) == 1


def test_a_change_whose_answer_was_lost_is_seen_all_the_same(buyer: Buyer) -> None:
    buyer.buy("pro")
    (subscription,) = buyer.fake.all("subscription")
    buyer.fake.fail(f"/v1/subscriptions/{subscription['id']}", "forget")
    assert buyer.choose("business") is None  # the library asks again, by the same key
    assert buyer.plan == ("business", "active")
    assert len(buyer.fake.all("invoice")) == 2
