"""The page of plan and spending."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from billing.models import KeyBudget, Subscription
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
    assert "Paid until" in page(owner)
    answer = owner.client.post(reverse("billing:plan_cancel"), follow=True)
    assert "Business ends on" in answer.content.decode()
    assert "<strong>Free</strong> follows on" in page(owner)


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
