"""The doors to payments: pages, API, admin, checks, and no invoice of ours beside Stripe's."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from typing import Any
from uuid import uuid4

import pytest
import stripe
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.support_visit import Support
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from billing.models import Invoice, MeterReport, ProviderAccount, ProviderPrice, Quota, Term
from billing.providers import current, report_further_pages, take_payments_on
from billing.providers.stripe.client import API_VERSION
from billing.services.closing import close_periods
from billing.services.subscriptions import begin_subscription
from billing.tests.clock import Clock
from billing.tests.factories import use
from billing.tests.payments.conftest import Buyer
from billing.tests.payments.fake_stripe import FakeStripe
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
CHANGE = "/api/v1/subscription/change/"


def test_the_plan_page_leads_to_checkout_and_portal(buyer: Buyer) -> None:
    client = buyer.person.client
    html = client.get("/billing/").content.decode()
    assert "paid on the pages of our payment service" in html and "Invoices and cards" not in html
    answer = client.post("/billing/change/", {"plan": "pro", "interval": "monthly"})
    session = buyer.fake.all("checkout.session")[-1]
    assert f'href="{session["url"]}"' in answer.content.decode()
    # A redirect would be stopped by form-action.
    assert answer.status_code == 200 and "form-action 'self'" in answer["Content-Security-Policy"]
    buyer.fake.pay(session["id"])
    asked = len(buyer.fake.requests)
    back = client.get("/billing/return/", follow=True).content.decode()
    assert "Your payment is being confirmed" in back
    assert len(buyer.fake.requests) == asked and buyer.plan == ("free", "active")
    take_payments_on()  # before any event
    assert "The term ends on" in client.get("/billing/").content.decode()
    answer = client.post("/billing/portal/")
    assert "/portal/" in answer.content.decode()
    told = client.post(
        "/billing/change/", {"plan": "business", "interval": "monthly"}, follow=True
    ).content.decode()
    assert "Your plan is Business." in told
    told = client.post("/billing/cancel/", follow=True).content.decode()
    assert "Business ends on" in told


def test_the_second_click_opens_no_second_page(buyer: Buyer) -> None:
    form = {"plan": "pro", "interval": "monthly", "once": "c1f0a1f6-6f4b-4f1f-9f5e-0c8f3c8f0a11"}
    first, second = (buyer.person.client.post("/billing/change/", form) for _ in range(2))
    assert first.content == second.content or len(buyer.fake.all("checkout.session")) == 1


def test_stripe_away_is_said_on_the_page_and_in_the_api(buyer: Buyer, settings: Any) -> None:
    settings.STRIPE_API_URL = "http://127.0.0.1:9"
    form = {"plan": "pro", "interval": "monthly"}
    html = buyer.person.client.post("/billing/change/", form, follow=True).content.decode()
    assert "payment service does not answer" in html
    api = ApiClient(make_api_key(buyer.person.tenant)[1])
    refused = api.send_json(CHANGE, {"plan": "pro"})
    assert (refused.status_code, refused.json()["type"]) == (503, "payment_unavailable")
    assert refused.headers["Retry-After"] == "30"


def test_the_api_tells_where_to_pay(buyer: Buyer) -> None:
    api = ApiClient(make_api_key(buyer.person.tenant)[1])
    changed = api.send_json(CHANGE, {"plan": "pro"})
    assert changed.status_code == 200
    assert changed.json()["plan"] == "free" and buyer.fake.url in changed.json()["checkout_url"]
    assert api.get("/api/v1/subscription/").json()["checkout_url"] is None
    assert api.post("/api/v1/subscription/portal/").json()["url"].startswith(buyer.fake.url)
    buyer.fake.pay(buyer.fake.all("checkout.session")[-1]["id"])
    buyer.hear()
    shown = api.get("/api/v1/subscription/").json()
    assert (shown["plan"], shown["state"]) == ("pro", "active")
    assert api.post("/api/v1/subscription/cancel/").json()["next_plan"] == "free"


def test_the_same_idempotency_key_opens_one_page(buyer: Buyer) -> None:
    api = ApiClient(make_api_key(buyer.person.tenant)[1])
    answers = [
        api.post(
            CHANGE,
            json.dumps({"plan": "pro"}),
            content_type="application/json",
            headers={"Idempotency-Key": "once"},
        ).json()
        for _ in range(2)
    ]
    assert answers[0]["checkout_url"] == answers[1]["checkout_url"]
    assert len(buyer.fake.all("checkout.session")) == 1


def test_without_stripe_there_is_no_portal(owner: Person, settings: Any) -> None:
    begin_subscription(tenant=owner.tenant)
    api = ApiClient(make_api_key(owner.tenant)[1])
    assert api.post("/api/v1/subscription/portal/").json() == {"url": None}
    assert api.send_json(CHANGE, {"plan": "pro"}).json()["checkout_url"] is None


def test_members_neither_pay_nor_look(member: Person, shop: FakeStripe) -> None:
    begin_subscription(tenant=member.tenant)
    for path in ("/billing/portal/", "/billing/change/"):
        assert member.client.post(path, {"plan": "pro", "interval": "monthly"}).status_code == 403
    assert member.client.get("/billing/return/").status_code == 403
    assert not ProviderAccount.objects.exists()


def test_support_asks_for_no_look(buyer: Buyer) -> None:
    buyer.buy("pro")
    before = buyer.account.look_at
    support = Support(uuid4(), inf, timezone.now(), "Acme", "A caller asks", False)
    assert not current().refresh(principal=replace(buyer.person.principal, support=support))
    assert buyer.account.look_at == before


def test_who_pays_at_stripe_is_not_billed_by_us_too(
    buyer: Buyer, clock: Clock, settings: Any
) -> None:
    settings.SELLER = {**settings.SELLER, "name": "Countermark GmbH"}
    buyer.buy("pro")
    use(buyer.person.tenant, pages=21_000)
    report_further_pages()
    take_payments_on()
    buyer.go(clock, 31)
    buyer.hear()
    while close_periods():
        pass
    assert not Invoice.objects.exists() and not Term.objects.exists()
    closed = Quota.objects.get(tenant=buyer.person.tenant, pages_used=21_000)
    assert (closed.provider, closed.billed) == ("stripe", None) and closed.closed_at
    assert buyer.fake.metered(buyer.account.customer_id) == 150


def test_staff_see_what_is_there_and_try_again(buyer: Buyer, staff: Client) -> None:
    buyer.buy("pro")
    use(buyer.person.tenant, pages=21_000)
    customer = buyer.fake.things.pop(buyer.account.customer_id)
    report_further_pages()
    take_payments_on()
    failed = MeterReport.objects.get()
    assert failed.failed_at
    for model in ("provideraccount", "providerevent", "meterreport", "providerprice"):
        page = staff.get(f"/admin/billing/{model}/")
        assert (
            page.status_code == 200 and staff.get(f"/admin/billing/{model}/add/").status_code == 403
        )
    buyer.fake.things[customer["id"]] = customer
    again = {"action": "try_again", "_selected_action": str(failed.pk)}
    told = staff.post("/admin/billing/meterreport/", again, follow=True).content.decode()
    assert "1 will be sent" in told
    take_payments_on()
    assert buyer.fake.metered(customer["id"]) == 150
    ProviderAccount.objects.update(look_at=None, failures=4)
    again["_selected_action"] = str(buyer.account.pk)
    staff.post("/admin/billing/provideraccount/", again)
    assert buyer.account.look_at and take_payments_on() == 1


def test_prices_are_published_once(shop: FakeStripe, capsys: pytest.CaptureFixture[str]) -> None:
    assert ProviderPrice.objects.filter(plan__isnull=False).count() == 4
    assert ProviderPrice.objects.filter(plan__isnull=True).count() == 2
    ProviderPrice.objects.all().delete()  # another database, the same Stripe
    call_command("publish_prices")
    assert len(shop.all("price")) == 6 and len(shop.all("billing.meter")) == 1


def test_nothing_is_published_without_stripe(db: None, settings: Any) -> None:
    settings.PAYMENT_PROVIDER = "local"
    with pytest.raises(CommandError):
        call_command("publish_prices")


def test_the_api_version_is_the_one_that_the_library_was_made_for() -> None:
    assert stripe.api_version == API_VERSION


def test_what_is_missing_is_said_at_the_start(settings: Any) -> None:
    def found() -> set[str]:
        return {each.id or "" for each in run_checks()} & {
            *("countermark.E070", "countermark.E071", "countermark.W070"),
        }

    assert found() == set()
    settings.PAYMENT_PROVIDER = "stripe"
    assert found() == {"countermark.E070"}
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_x"]
    assert found() == set()
    settings.STRIPE_API_URL = "http://stripe.example"
    settings.DEFAULT_PLAN = "none"
    assert found() == {"countermark.E071", "countermark.W070"}
