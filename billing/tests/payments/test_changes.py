"""Changes at Stripe that must not come too early, cost too little, or lose what was asked for."""

from __future__ import annotations

import pytest

from accounts.tests.factories import make_api_key, make_user
from billing.models import Invoice, Plan, ProviderAccount, Term
from billing.providers import current, take_payments_on
from billing.providers.stripe.changes import ChangePending
from billing.providers.stripe.prices import publish_prices
from billing.providers.stripe.provider import TermInvoiced
from billing.services.assigning import assign_plan
from billing.tests.clock import Clock
from billing.tests.payments.conftest import Buyer
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoiced(buyer: Buyer) -> Buyer:
    """Return a workspace whose plan staff have given it, for a year, which we bill."""
    staff = make_user("s@countermark.example", is_staff=True)
    plan = Plan.objects.get(code="business")
    assign_plan(actor=staff, tenant=buyer.person.tenant, plan=plan, interval="yearly")
    return buyer


class TestWhatWeHaveInvoiced:
    @pytest.mark.parametrize(
        ("plan", "interval"), [("pro", "monthly"), ("pro", "yearly"), ("business", "monthly")]
    )
    def test_is_not_left_for_what_costs_no_more(
        self, invoiced: Buyer, plan: str, interval: str
    ) -> None:
        with pytest.raises(TermInvoiced):
            invoiced.choose(plan, interval)
        assert not invoiced.fake.all("checkout.session")
        assert invoiced.plan == ("business", "active") and Term.objects.get().cut_at is None
        assert not ProviderAccount.objects.exists()

    def test_is_said_in_the_api_and_on_the_page(self, invoiced: Buyer) -> None:
        api = ApiClient(make_api_key(invoiced.person.tenant)[1])
        refused = api.send_json("/api/v1/subscription/change/", {"plan": "pro"})
        assert (refused.status_code, refused.json()["type"]) == (409, "term_invoiced")
        form = {"plan": "pro", "interval": "monthly"}
        told = invoiced.person.client.post("/billing/change/", form, follow=True)
        assert "is billed by invoice" in told.content.decode()

    def test_ends_first_and_then_is_followed_by_anything(
        self, invoiced: Buyer, clock: Clock
    ) -> None:
        current().cancel(principal=invoiced.person.principal)
        with pytest.raises(TermInvoiced):
            invoiced.choose("pro")
        assert invoiced.subscription.next_plan_id == "free"
        assert invoiced.choose("business", "yearly") is None  # taken back, at nobody's page
        assert not Invoice.objects.filter(kind="credit_note").exists()

    def test_goes_over_to_what_is_dearer_without_a_trial(self, invoiced: Buyer) -> None:
        """Else the rest of the term would be credited for a time that nobody pays."""
        Plan.objects.filter(code="business").update(monthly_price=5_000, yearly_price=50_000)
        Plan.objects.filter(code="pro").update(monthly_price=9_000, trial_days=14)
        publish_prices()
        html = invoiced.person.client.get("/billing/").content.decode()
        assert "Try 14 days" not in html
        invoiced.buy("pro")
        assert invoiced.plan == ("pro", "active")
        assert Term.objects.get().cut_at


class TestWhatIsToFollow:
    """It is taken back first: nothing that was asked for is lost to a payment that fails."""

    def test_a_cancellation_outlives_a_dearer_plan_that_nobody_pays(self, buyer: Buyer) -> None:
        paid = buyer.buy("pro")
        current().cancel(principal=buyer.person.principal)
        buyer.fake.set_card(buyer.account.customer_id, "asks")
        with pytest.raises(ChangePending):
            buyer.choose("business")
        assert buyer.fake.things[paid["id"]]["cancel_at_period_end"] is True
        assert buyer.subscription.next_plan_id == "free"
        assert len(buyer.fake.all("invoice")) == 1
        buyer.choose("pro")
        assert "/i/in_" in (buyer.choose("business") or "")

    def test_so_does_a_cheaper_plan(self, buyer: Buyer) -> None:
        paid = buyer.buy("business")
        buyer.choose("pro")
        with pytest.raises(ChangePending) as refused:
            buyer.choose("business", "yearly")
        assert refused.value.code == "change_pending"
        assert buyer.fake.things[paid["id"]]["schedule"]
        buyer.choose("business")
        assert buyer.choose("business", "yearly") is None
        assert buyer.subscription.interval == "yearly"


def test_a_schedule_goes_on_from_its_present_phase(buyer: Buyer, clock: Clock) -> None:
    """In the month after a cheaper plan has come Stripe's schedule still stands, past its first."""
    Plan.objects.create(code="lite", name="Lite", monthly_price=900, max_file_bytes=1, position=9)
    publish_prices()
    paid = buyer.buy("business")
    buyer.choose("pro")
    buyer.go(clock, 31)
    buyer.hear()
    assert buyer.plan == ("pro", "active") and buyer.subscription.next_plan is None
    assert buyer.fake.things[paid["id"]]["schedule"]
    assert buyer.choose("lite") is None
    assert buyer.subscription.next_plan_id == "lite"
    buyer.go(clock, 31)
    buyer.hear()
    assert buyer.plan == ("lite", "active")
    buyer.go(clock, 31)  # the schedule has done what it was for
    assert buyer.fake.things[paid["id"]]["schedule"] is None


@pytest.mark.parametrize("failures", [1, 7])
def test_coming_back_does_not_shorten_a_pause(buyer: Buyer, failures: int) -> None:
    buyer.buy("pro")
    pause = "2999-01-01T00:00:00Z"
    ProviderAccount.objects.update(look_at=pause, failures=failures)
    for _ in range(3):
        buyer.person.client.get("/billing/return/")
    assert take_payments_on() == 0
    ProviderAccount.objects.update(failures=0)
    buyer.person.client.get("/billing/return/")
    assert take_payments_on() == 1
