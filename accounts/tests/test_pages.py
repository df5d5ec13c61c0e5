"""The pages of this room: API keys, and changing the tenant."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import APIKey, Membership
from accounts.services.api_keys import verify_api_key
from accounts.services.tenants import suspend_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_tenant, make_user, new_browser

pytestmark = pytest.mark.django_db

URL = "/settings/api-keys/"
KEY_TEXT = r"cm_live_[0-9A-Za-z]{50}"
FORM = {
    "name": "Importer",
    "environment": "live",
    "scopes": ["jobs:read", "jobs:write"],
    "valid_days": "",
}


def revoke_url(key: APIKey) -> str:
    return f"{URL}{key.pk}/revoke/"


def test_nobody_is_sent_to_log_in_and_back(browser: Client) -> None:
    assert browser.get(URL)["Location"] == f"/accounts/login/?next={URL}"
    assert browser.post(revoke_url(make_api_key()[0]))["Location"].startswith("/accounts/login/")


def test_new_key_is_shown_once(owner: Person) -> None:
    response = owner.client.post(URL, FORM)
    (text,) = set(re.findall(r"cm_live_[0-9A-Za-z]{50}", response.content.decode()))
    assert "no-store" in response["Cache-Control"]
    key = verify_api_key(text)
    assert (key.tenant_id, key.created_by_id) == (owner.tenant.pk, owner.user.pk)
    assert (key.name, key.scopes, key.expires_at) == ("Importer", ["jobs:read", "jobs:write"], None)
    page = owner.client.get(URL).content.decode()
    assert text not in page
    assert key.lookup in page


def test_key_may_be_valid_for_some_days(owner: Person) -> None:
    owner.client.post(URL, FORM | {"valid_days": "90"})
    expected = timezone.now() + timedelta(days=90)
    assert abs(APIKey.objects.get().expires_at - expected) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"name": "x" * 121},
        {"environment": "moon"},
        {"scopes": []},
        {"scopes": ["moon:write"]},
        {"valid_days": "36500"},
    ],
)
def test_bad_form_makes_no_key(owner: Person, change: dict[str, object]) -> None:
    response = owner.client.post(URL, FORM | change)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not APIKey.objects.exists()


def test_members_see_keys_but_neither_make_nor_revoke_them(owner: Person, member: Person) -> None:
    key, _ = make_api_key(owner.tenant, name="Importer")
    page = member.client.get(URL)
    assert "Importer" in page.content.decode()
    assert page.context["form"] is None
    assert member.client.post(URL, FORM).status_code == 403
    assert member.client.post(revoke_url(key)).status_code == 403
    key.refresh_from_db()
    assert key.revoked_at is None
    assert APIKey.objects.count() == 1


def test_revoking_takes_a_post_with_the_token(owner: Person) -> None:
    key, _ = make_api_key(owner.tenant)
    assert owner.client.get(revoke_url(key)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner.user)
    assert strict.post(revoke_url(key)).status_code == 403
    response = owner.client.post(revoke_url(key), follow=True)
    assert "no longer works" in response.content.decode()
    key.refresh_from_db()
    assert key.revoked_at


def test_foreign_key_is_as_missing_as_an_unknown_one(owner: Person, stranger: Person) -> None:
    key, _ = make_api_key(stranger.tenant, name="Secret project")
    assert "Secret project" not in owner.client.get(URL).content.decode()
    foreign = owner.client.post(revoke_url(key))
    unknown = owner.client.post(f"{URL}{uuid.uuid4()}/revoke/")
    assert foreign.status_code == unknown.status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_hostile_name_is_only_text(owner: Person) -> None:
    make_api_key(owner.tenant, name='"><script>alert(1)</script>')
    assert "<script>alert" not in owner.client.get(URL).content.decode()


def test_menu_offers_the_other_tenants_and_costs_no_query(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert "Work in" not in owner.client.get(URL).content.decode()
    for name in ("Second", "Third"):
        Membership.objects.create(user=owner.user, tenant=make_tenant(name), role="viewer")
    with django_assert_num_queries(4):  # session, memberships, keys, what is unread
        html = owner.client.get(URL).content.decode()
    assert html.count("Work in Second") == html.count("Work in Third") > 0
    assert "Work in Acme" not in html


def test_who_cannot_work_here_can_log_out(owner: Person, browser: Client) -> None:
    suspend_tenant(actor=owner.user, tenant=owner.tenant, reason="Unpaid")
    browser.force_login(make_user())
    for client in (owner.client, browser):
        answer = client.get(URL)
        assert answer.status_code == 403
        assert 'href="/accounts/logout/"' in answer.content.decode()


def test_tenant_is_switched_among_the_own_ones(owner: Person, stranger: Person) -> None:
    second = make_tenant("Second")
    Membership.objects.create(user=owner.user, tenant=second, role="viewer")
    make_api_key(second, name="Of the second")

    def switch(tenant_id: object) -> int:
        return owner.client.post("/settings/workspace/switch/", {"tenant": tenant_id}).status_code

    assert switch(second.pk) == 302
    assert "Of the second" in owner.client.get(URL).content.decode()
    assert switch(stranger.tenant.pk) == switch(uuid.uuid4()) == switch("nonsense") == 404
    assert "Of the second" in owner.client.get(URL).content.decode()
    assert switch(owner.tenant.pk) == 302
    assert "Of the second" not in owner.client.get(URL).content.decode()
    assert new_browser().get("/settings/workspace/switch/").status_code == 405


def test_networks_are_taken_one_a_line(owner: Person) -> None:
    owner.client.post(URL, FORM | {"allowed_networks": "203.0.113.0/24\r\n 2001:db8::1,10.0.0.1 "})
    key = APIKey.objects.get()
    assert key.allowed_networks == ["203.0.113.0/24", "2001:db8::1/128", "10.0.0.1/32"]
    assert "Only from 203.0.113.0/24" in owner.client.get(URL).content.decode()
    refused = owner.client.post(URL, FORM | {"allowed_networks": "the office"})
    assert refused.context["form"].errors["allowed_networks"]
    assert APIKey.objects.count() == 1


def test_rotation_shows_the_new_key_once_however_often_it_is_clicked(owner: Person) -> None:
    old, _ = make_api_key(owner.tenant, name="Importer")
    form = {"overlap_hours": "1", "once": str(uuid.uuid4())}
    pages = [owner.client.post(f"{URL}{old.pk}/rotate/", form) for _ in range(2)]
    texts = {text for page in pages for text in re.findall(KEY_TEXT, page.content.decode())}
    (text,) = texts
    new = verify_api_key(text)
    old.refresh_from_db()
    assert old.replaced_by_id == new.pk
    assert "no-store" in pages[0]["Cache-Control"]
    assert "Replaced, works until" in pages[0].content.decode()
    assert owner.client.post(f"{URL}{old.pk}/rotate/", {}).status_code == 409
    assert APIKey.objects.count() == 2


def test_members_rotate_nothing(owner: Person, member: Person, stranger: Person) -> None:
    old, _ = make_api_key(owner.tenant)
    address = f"{URL}{old.pk}/rotate/"
    assert member.client.post(address).status_code == 403
    assert stranger.client.post(address).status_code == 404
    assert owner.client.get(address).status_code == 405
