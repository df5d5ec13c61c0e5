"""Signing up: a person, a tenant and its ownership, all or nothing."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import Membership, Tenant, User
from accounts.services.signup import EmailTaken, sign_up
from accounts.services.tenants import create_tenant
from accounts.tests.factories import PASSWORD, make_user
from config.errors import Invalid

pytestmark = pytest.mark.django_db

URL = "/accounts/signup/"
FORM = {"name": "Ada", "workspace": "Ada & Sons", "email": "ada@example.org", "password1": PASSWORD}


def test_form_makes_person_tenant_and_ownership_and_signs_in(browser: Client) -> None:
    response = browser.post(URL, FORM)
    assert (response.status_code, response["Location"]) == (302, "/dashboard/")
    membership = Membership.objects.select_related("user", "tenant").get()
    assert (membership.user.email, membership.user.name) == ("ada@example.org", "Ada")
    assert (membership.tenant.name, membership.tenant.slug) == ("Ada & Sons", "ada-sons")
    assert membership.role == "owner"
    assert membership.user.check_password(PASSWORD)
    assert browser.session["_auth_user_id"] == str(membership.user.pk)


def test_page_asks_for_what_the_form_needs(browser: Client) -> None:
    page = browser.get(URL).content.decode()
    places = [page.index(f'name="{name}"') for name in FORM]
    assert places == sorted(places)


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG", " ada@example.org "])
def test_address_is_taken_whatever_its_case(browser: Client, email: str) -> None:
    make_user("ada@example.org")
    response = browser.post(URL, FORM | {"email": email})
    assert response.status_code == 200
    assert "already registered" in response.content.decode()
    assert User.objects.count() == 1
    assert not Tenant.objects.exists()


def test_address_is_kept_in_lower_case(browser: Client) -> None:
    assert browser.post(URL, FORM | {"email": "Ada@Example.ORG"}).status_code == 302
    assert User.objects.get().email == "ada@example.org"


@pytest.mark.parametrize(
    "change",
    [
        {"password1": "short"},
        {"password1": "password123"},
        {"password1": "ada@example.org"},
        {"email": "nonsense"},
        {"email": ""},
        {"name": ""},
        {"workspace": "   "},
        {"workspace": "x" * 121},
    ],
)
def test_bad_form_makes_nothing(browser: Client, change: dict[str, str]) -> None:
    response = browser.post(URL, FORM | change)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert PASSWORD not in response.content.decode()
    assert not User.objects.exists()
    assert not Tenant.objects.exists()


def test_signing_up_without_end_is_refused_for_a_while(browser: Client) -> None:
    answers = [browser.post(URL, FORM | {"email": ""}) for _ in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {200}
    assert answers[20].status_code == 429
    assert int(answers[20]["Retry-After"]) > 0


def test_race_for_an_address_makes_no_second_tenant() -> None:
    sign_up(email="ada@example.org", password=PASSWORD)
    with pytest.raises(EmailTaken):
        sign_up(email="Ada@example.org", password=PASSWORD)
    assert Tenant.objects.count() == 1
    assert not connection.needs_rollback


def test_bad_workspace_leaves_no_person_behind() -> None:
    with pytest.raises(Invalid):
        sign_up(email="ada@example.org", password=PASSWORD, workspace="x" * 121)
    assert not User.objects.exists()


def test_workspace_is_named_after_its_owner_when_nobody_names_it() -> None:
    assert sign_up(email="ada@example.org", password=PASSWORD).tenant.name == "ada's workspace"
    assert (
        sign_up(email="b@example.org", password=PASSWORD, name="Bob Ray").tenant.name
        == "Bob's workspace"
    )


@pytest.mark.parametrize("name", ["Acme", "日本", "--", "x" * 120])
def test_every_tenant_gets_a_slug_of_its_own(name: str) -> None:
    slugs = {create_tenant(name=name).slug for _ in range(3)}
    assert len(slugs) == 3
    assert all(slug and len(slug) <= 60 for slug in slugs)


def test_database_refuses_capitals_in_addresses() -> None:
    user = make_user("ada@example.org")
    with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Ada@example.org")
