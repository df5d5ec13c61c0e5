"""RapidAPI's customers: known by the proxy's secret alone, each in a tenant of their own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.checks import marketplace_secrets_are_long
from accounts.models import APIKey, AuditEntry, MarketplaceAccount, Tenant
from accounts.services import marketplace
from accounts.services.key_changes import revoke_api_key_as_staff
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key, make_user

pytestmark = pytest.mark.django_db
SECRET, WHOAMI = "an-unguessable-proxy-secret", "/api/v1/auth/whoami/"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> Settings:
    settings.RAPIDAPI_SECRETS = [SECRET]
    return settings


def ask(user: str = "ada", subscription: str = "BASIC", secret: str = SECRET, **more: str) -> Any:
    headers = {
        "X-RapidAPI-Proxy-Secret": secret,
        "X-RapidAPI-User": user,
        "X-RapidAPI-Subscription": subscription,
        **more,
    }
    return Client().get(WHOAMI, headers=headers)


@pytest.fixture
def told() -> Iterator[list[tuple[UUID, str]]]:
    heard: list[tuple[UUID, str]] = []

    def hook(tenant_id: UUID, subscription: str) -> None:
        heard.append((tenant_id, subscription))

    marketplace.on_subscription(hook)
    marketplace.on_subscription(hook)
    yield heard
    marketplace._hooks.remove(hook)


def test_a_customer_gets_a_tenant_once(told: list[tuple[UUID, str]]) -> None:
    first, second, other = ask(), ask(), ask("bob", "pro")
    assert first.json() == second.json()
    assert first.json()["tenant"]["name"] == "RapidAPI ada"
    assert (first.json()["kind"], first.json()["api_key"]["name"]) == ("api_key", "RapidAPI")
    assert set(first.json()["scopes"]) == set(marketplace.SCOPES)
    assert other.json()["tenant"] != first.json()["tenant"]
    assert Tenant.objects.count() == MarketplaceAccount.objects.count() == 2
    assert [subscription for _, subscription in told] == ["BASIC", "PRO"]
    entries = AuditEntry.objects.filter(action="tenant.created")
    assert {entry.actor for entry in entries} == {"system"}


def test_a_known_customer_costs_one_query_more_than_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ask()
    with django_assert_num_queries(3):  # the account with its key; two for the names
        assert ask().status_code == 200


def test_a_changed_subscription_is_told_once(told: list[tuple[UUID, str]]) -> None:
    for subscription in ("BASIC", "ULTRA", "ultra", "ULTRA", "BASIC"):
        assert ask(subscription=subscription).status_code == 200
    assert [subscription for _, subscription in told] == ["BASIC", "ULTRA", "BASIC"]
    assert len({tenant for tenant, _ in told}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "x"},
        {"secret": SECRET + "x"},
        {"secret": SECRET.upper()},
        {"secret": "é" * 20},
        {"user": ""},
        {"user": "a b"},
        {"user": "x" * 121},
        {"user": "ünï"},
        {"subscription": "<script>"},
        {"subscription": "X" * 33},
    ],
)
def test_nonsense_makes_nothing(wrong: dict[str, str], owner: Person) -> None:
    """Whatever else the request carries: the header decides alone."""
    tenants = Tenant.objects.count()
    _, text = make_api_key(owner.tenant)
    answer = ask(**wrong, **{"X-API-Key": text})  # type: ignore[arg-type] # headers
    assert (answer.status_code, answer.json()["type"]) == (401, "invalid_credentials")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert Tenant.objects.count() == tenants


def test_without_a_secret_of_ours_the_headers_are_not_read(
    owner: Person, secrets: Settings
) -> None:
    secrets.RAPIDAPI_SECRETS = []
    for secret in (SECRET, "", "x"):
        assert ask(secret=secret).json()["type"] == "not_authenticated"
    _, text = make_api_key(owner.tenant)
    headers = {"X-RapidAPI-Proxy-Secret": SECRET, "X-RapidAPI-User": "ada"}
    answer = Client(**bearer(text)).get(WHOAMI, headers=headers)
    assert answer.json()["tenant"]["id"] == str(owner.tenant.pk)
    assert not MarketplaceAccount.objects.exists()


def test_the_users_name_alone_is_nobody() -> None:
    answer = Client().get(WHOAMI, headers={"X-RapidAPI-User": "ada"})
    assert (answer.status_code, answer.json()["type"]) == (401, "not_authenticated")


def test_secrets_are_changed_without_a_gap(secrets: Settings) -> None:
    first = ask().json()
    secrets.RAPIDAPI_SECRETS = [SECRET, "the-next-unguessable-one"]
    assert ask(secret="the-next-unguessable-one").json() == first
    secrets.RAPIDAPI_SECRETS = ["the-next-unguessable-one"]
    assert ask().status_code == 401


def test_staff_stop_a_customer() -> None:
    ask()
    staff = make_user(is_staff=True)
    revoke_api_key_as_staff(actor=staff, key=APIKey.objects.get())
    assert ask().json()["type"] == "revoked_api_key"


def test_a_customer_makes_neither_keys_nor_members() -> None:
    headers = {"X-RapidAPI-Proxy-Secret": SECRET, "X-RapidAPI-User": "ada"}
    for path in ("/api/v1/api-keys/", "/api/v1/users/"):
        refused = Client().post(path, "{}", content_type="application/json", headers=headers)
        assert refused.json()["type"] == "insufficient_scope"


@pytest.mark.django_db(transaction=True)
def test_of_many_first_requests_at_once_one_makes_a_tenant() -> None:
    def first(_: int) -> str:
        try:
            return str(ask().json()["tenant"]["id"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(first, range(8)))) == 1
    assert Tenant.objects.count() == APIKey.objects.count() == 1


def test_a_short_secret_is_told(secrets: Settings) -> None:
    assert marketplace_secrets_are_long(None) == []
    secrets.RAPIDAPI_SECRETS = [SECRET, "short"]
    assert [each.id for each in marketplace_secrets_are_long(None)] == ["countermark.E011"]
