"""RapidAPI's customers have the plan that they have there, and pay nothing here."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import MarketplaceAccount, OutboxEvent, Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_user
from billing.models import Invoice, Plan, Quota, Subscription, Term
from billing.services.assigning import assign_plan
from billing.services.closing import close_periods
from billing.services.subscriptions import renew_subscriptions
from billing.tests.clock import Clock
from billing.tests.factories import use
from config.invariants import look_at_invariants

pytestmark = pytest.mark.django_db
SECRET = "an-unguessable-proxy-secret"


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> Settings:
    settings.RAPIDAPI_SECRETS = [SECRET]
    return settings


def ask(subscription: str, *, user: str = "ada", status: int = 200) -> Any:
    headers = {
        "X-RapidAPI-Proxy-Secret": SECRET,
        "X-RapidAPI-User": user,
        "X-RapidAPI-Subscription": subscription,
    }
    answer = Client().get("/api/v1/auth/whoami/", headers=headers)
    assert answer.status_code == status
    return answer.json()


def held() -> tuple[str, str, str]:
    found = Subscription.objects.get()
    return found.plan_id, found.state, found.provider


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status != "held"}


@pytest.mark.parametrize(
    ("subscription", "plan", "pages"),
    [
        ("BASIC", "free", 1_000),
        ("PRO", "pro", 20_000),
        ("ULTRA", "business", 200_000),
        ("MEGA", "business", 200_000),
        ("pro", "pro", 20_000),
    ],
)
def test_a_first_request_puts_a_customer_on_their_plan(
    subscription: str, plan: str, pages: int
) -> None:
    ask(subscription)
    assert held() == (plan, "active", "rapidapi")
    tenant = Tenant.objects.get()
    # Nobody bills further pages, so that none are sold.
    assert (tenant.monthly_pages, tenant.page_price) == (pages, None)
    assert not broken()


def test_plans_change_at_once_within_the_month() -> None:
    ask("PRO")
    tenant = Tenant.objects.get()
    use(tenant, pages=150)
    for subscription, plan in (("ULTRA", "business"), ("BASIC", "free"), ("PRO", "pro")):
        ask(subscription)
        assert held() == (plan, "active", "rapidapi")
    month = Quota.objects.get()
    assert (month.pages_used, month.provider, month.included_pages) == (150, "rapidapi", 20_000)
    events = OutboxEvent.objects.filter(type="subscription.changed").order_by("id")
    assert events.count() == 4
    assert not Term.objects.exists() and not broken()


def test_the_same_again_costs_no_query_more(secret: Settings) -> None:
    ask("PRO")
    version = Subscription.objects.get().version
    with CaptureQueriesContext(connection) as queries:
        ask("PRO")
    assert len(queries) == 3  # the account with its key; two for the names
    assert Subscription.objects.get().version == version
    ask("MEGA")
    version = Subscription.objects.get().version
    ask("ULTRA")  # another name for the same plan
    assert Subscription.objects.get().version == version


@pytest.mark.parametrize("subscription", ["CUSTOM", "GOLD", ""])
def test_other_names_change_no_plan(subscription: str) -> None:
    ask("PRO")
    before = Subscription.objects.values().get()
    ask(subscription)
    assert Subscription.objects.values().get() == before
    ask(subscription, user="new")
    new = Subscription.objects.exclude(pk=before["id"]).get()
    assert (new.plan_id, new.provider) == ("free", "rapidapi")


def test_staff_give_the_plan_of_a_custom_subscription() -> None:
    ask("CUSTOM")
    plan = Plan.objects.get(code="enterprise")
    staff = make_user(is_staff=True)
    assign_plan(actor=staff, tenant=Tenant.objects.get(), plan=plan, interval="monthly")
    ask("CUSTOM")
    assert held() == ("enterprise", "active", "rapidapi")
    assert not Term.objects.exists() and not broken()


@pytest.mark.parametrize("default", ["none", "free", "pro", "business"])
def test_nothing_is_ever_billed_here(default: str, secret: Settings, clock: Clock) -> None:
    secret.DEFAULT_PLAN = default
    secret.SELLER = {**secret.SELLER, "name": "Countermark Limited"}
    ask("PRO")
    assert held() == ("pro", "active", "rapidapi")
    use(Tenant.objects.get(), pages=19_000)
    for _ in range(3):
        clock.go("32 days")
        renew_subscriptions()
        while close_periods():
            pass
    assert not Invoice.objects.exists() and not Term.objects.exists()
    assert held() == ("pro", "active", "rapidapi") and not broken()


@pytest.fixture
def customer(owner: Person) -> Person:
    """Return the owner of a workspace that is a customer's: staff may let people in."""
    key, _ = make_api_key(owner.tenant)
    MarketplaceAccount.objects.create(user_name="ada", tenant=owner.tenant, api_key=key)
    ask("PRO")
    return owner


@pytest.mark.parametrize("provider", ["local", "stripe"])
def test_plans_are_not_changed_here(customer: Person, provider: str, secret: Settings) -> None:
    secret.PAYMENT_PROVIDER = provider
    asked = {"plan": "business", "interval": "monthly"}
    for path, body in (("change", asked), ("cancel", {}), ("portal", {})):
        answer = customer.client.post(
            f"/api/v1/subscription/{path}/", body, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "plan_paid_elsewhere")
        assert "RapidAPI" in answer.json()["detail"]
    for name in ("billing:plan_change", "billing:plan_cancel", "billing:portal"):
        answer = customer.client.post(reverse(name), asked, follow=True)
        assert "RapidAPI manages the plan of this workspace" in answer.content.decode()
    assert held() == ("pro", "active", "rapidapi")


def test_the_page_says_who_manages_the_plan(customer: Person) -> None:
    html = customer.client.get("/billing/").content.decode()
    assert "RapidAPI manages this plan" in html and "costs nothing" not in html
    assert reverse("billing:plan_change") not in html
