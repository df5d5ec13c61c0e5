"""The page of plan and spending."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from billing.models import KeyBudget, Plan, Subscription
from billing.services.subscriptions import begin_subscription

pytestmark = pytest.mark.django_db
PAGE = "/billing/"


def page(person: Person) -> str:
    answer = person.client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_plan_is_chosen_and_cancelled_there(owner: Person) -> None:
    begin_subscription(tenant=owner.tenant)
    html = page(owner)
    assert "It costs nothing" in html and "of 1,000" in html
    once = re.findall(r'name="once" value="([\w-]+)"', html)[0]
    form = {"plan": "business", "interval": "monthly", "once": once}
    for _ in range(2):  # the second click
        answer = owner.client.post(reverse("billing:plan_change"), form, follow=True)
        assert "Your plan is Business." in answer.content.decode()
    assert "The term ends on" in page(owner) and "Paid" not in page(owner)
    answer = owner.client.post(reverse("billing:plan_cancel"), follow=True)
    assert "Business ends on" in answer.content.decode()
    html = page(owner)
    assert "<strong>Free</strong> follows on" in html
    # What follows cannot be chosen a second time; what is there can be kept.
    assert 'value="free"' in html and ">Choose<" not in html and "Keep monthly" in html
    kept = owner.client.post(reverse("billing:plan_change"), form | {"once": ""}, follow=True)
    assert "Your plan is Business." in kept.content.decode()
    assert Subscription.objects.get().next_plan is None


def test_a_server_without_plans_offers_none(owner: Person, settings) -> None:
    settings.DEFAULT_PLAN = "none"
    html = page(owner)
    assert "This workspace has no plan" in html
    assert "Cap on spending" not in html and "Enterprise" not in html
    form = {"plan": "free", "interval": "monthly"}
    answer = owner.client.post(reverse("billing:plan_change"), form, follow=True)
    assert "not on offer" in answer.content.decode()
    assert not Subscription.objects.exists()


def test_a_cap_has_the_digits_of_its_currency(owner: Person) -> None:
    begin_subscription(tenant=owner.tenant)
    owner.client.post(reverse("billing:spend_cap"), {"cap": "50"})
    assert 'value="50.00"' in page(owner) and "in €" in page(owner)
    Plan.objects.filter(code="free").update(currency="JPY")
    html = page(owner)
    assert 'value="5000"' in html and "in ¥" in html
    owner.client.post(reverse("billing:spend_cap"), {"cap": "700"})
    assert Tenant.objects.get(pk=owner.tenant.pk).monthly_spend_cap == 700
    assert owner.client.post(reverse("billing:spend_cap"), {"cap": "7.5"}).status_code == 422


def test_caps_are_set_there(owner: Person) -> None:
    key, _ = make_api_key(owner.tenant, name="Robot")
    owner.client.post(reverse("billing:spend_cap"), {"cap": "12.50"})
    assert Tenant.objects.get(pk=owner.tenant.pk).monthly_spend_cap == 1_250
    owner.client.post(reverse("billing:key_cap"), {"key": str(key.pk), "cap": "3"})
    assert KeyBudget.objects.get().cap == 300
    assert "Robot" in page(owner)
    refused = owner.client.post(reverse("billing:spend_cap"), {"cap": "-1"})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.content.decode()


def test_a_strangers_key_cannot_be_capped(owner: Person, stranger: Person) -> None:
    theirs, _ = make_api_key(stranger.tenant)
    refused = owner.client.post(reverse("billing:key_cap"), {"key": str(theirs.pk), "cap": "3"})
    assert refused.status_code == 422
    assert not KeyBudget.objects.exists()


def test_what_is_not_on_offer_is_said(owner: Person) -> None:
    for plan in ("enterprise", "no such plan!"):
        form = {"plan": plan, "interval": "monthly"}
        answer = owner.client.post(reverse("billing:plan_change"), form, follow=True)
        assert "not on offer" in answer.content.decode()
    assert not Subscription.objects.exists()
    assert "This workspace has no plan" in page(owner)


def test_members_have_no_business_there(member: Person) -> None:
    assert member.client.get(PAGE).status_code == 403
    assert "Plan and spending" not in member.client.get("/dashboard/").content.decode()
