"""Who is asking: every kind of credential, and every way in which one stops to hold."""

from __future__ import annotations

import base64
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import APIKey, Membership, Role
from accounts.principal import (
    ROLE_SCOPES,
    SCOPES,
    InsufficientScope,
    InvalidCredentials,
    NoWorkspace,
    Principal,
    TenantSuspended,
    resolve_principal,
)
from accounts.services.api_keys import ExpiredAPIKey, InvalidAPIKey, RevokedAPIKey
from accounts.services.tenants import resume_tenant, suspend_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_tenant, make_user, signed_in

pytestmark = pytest.mark.django_db


def cookies_of(person: Person) -> dict[str, str]:
    return {name: morsel.value for name, morsel in person.client.cookies.items()}


def basic(user_name: str) -> str:
    return "Basic " + base64.b64encode(f"{user_name}:".encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        lambda text: {"authorization": f"Bearer {text}"},
        lambda text: {"authorization": f"bearer  {text} "},
        lambda text: {"x-api-key": text},
        lambda text: {"authorization": basic(text)},
        lambda text: {"x-api-key": text, "authorization": "Basic cHJveHk6cHJveHk="},
    ],
)
def test_key_in_any_header_is_its_tenant(
    header: object, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, text = make_api_key(scopes=["jobs:read"], environment="test", last_used_at=timezone.now())
    with django_assert_num_queries(1):
        principal = resolve_principal(header(text), {})  # type: ignore[operator] # a lambda
    assert principal == Principal(
        tenant_id=key.tenant_id,
        user_id=None,
        api_key_id=key.pk,
        role=None,
        scopes=frozenset({"jobs:read"}),
        environment="test",
    )


def test_session_is_its_user(
    viewer: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cookies = cookies_of(viewer)
    with django_assert_num_queries(2):
        principal = resolve_principal({}, cookies)
    assert principal == viewer.principal
    assert principal.role == "viewer"


@pytest.mark.parametrize("cookies", [{}, {"sessionid": ""}, {"sessionid": "x" * 32}, {"a": "b"}])
def test_nobody_is_none(cookies: dict[str, str]) -> None:
    assert resolve_principal({}, cookies) is None


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer nonsense", "Basic ???", "Basic é", "Negotiate abc", "cm_live_"],
)
def test_credential_that_does_not_hold_is_refused_even_beside_a_good_session(
    owner: Person, authorization: str
) -> None:
    with pytest.raises(InvalidCredentials) as refusal:
        resolve_principal({"authorization": authorization}, cookies_of(owner))
    assert refusal.value.status == 401


def test_revoked_and_expired_keys_are_refused() -> None:
    _, text = make_api_key(revoked_at=timezone.now())
    with pytest.raises(RevokedAPIKey):
        resolve_principal({"x-api-key": text}, {})
    _, text = make_api_key(expires_at=timezone.now())
    with pytest.raises(ExpiredAPIKey):
        resolve_principal({"x-api-key": text}, {})
    APIKey.objects.all().delete()
    with pytest.raises(InvalidAPIKey):
        resolve_principal({"x-api-key": text}, {})


def test_suspended_tenant_stops_keys_and_sessions_until_resumed(owner: Person) -> None:
    _, text = make_api_key(owner.tenant)
    staff = make_user(is_staff=True)
    assert suspend_tenant(actor=staff, tenant=owner.tenant, reason="Unpaid")
    assert not suspend_tenant(actor=staff, tenant=owner.tenant, reason="Unpaid")
    for headers, cookies in (({"x-api-key": text}, {}), ({}, cookies_of(owner))):
        with pytest.raises(TenantSuspended):
            resolve_principal(headers, cookies)
    assert resume_tenant(actor=staff, tenant=owner.tenant)
    assert not resume_tenant(actor=staff, tenant=owner.tenant)
    assert resolve_principal({"x-api-key": text}, cookies_of(owner))


def test_inactive_person_is_nobody(owner: Person) -> None:
    cookies = cookies_of(owner)
    owner.user.is_active = False
    owner.user.save()
    assert resolve_principal({}, cookies) is None
    Membership.objects.all().delete()
    assert resolve_principal({}, cookies) is None


def test_session_ends_with_the_password_it_was_made_with(owner: Person) -> None:
    cookies = cookies_of(owner)
    assert resolve_principal({}, cookies)
    owner.user.set_password("something else entirely")
    owner.user.save()
    assert resolve_principal({}, cookies) is None


def test_session_survives_a_rotated_secret_key(owner: Person, settings: Settings) -> None:
    cookies = cookies_of(owner)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "n" * 50
    assert resolve_principal({}, cookies) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert resolve_principal({}, cookies)


@pytest.mark.parametrize("path", ["/", "/documents/", "/api/v1/documents/", "/accounts/login/"])
def test_cookie_that_hides_a_nul_is_nobody(path: str) -> None:
    answer = Client(headers={"cookie": r'sessionid="\000bcdefghijklmnopqrstuvwxyz01234"'}).get(path)
    assert answer.status_code in (200, 302, 401)


def test_session_of_an_unknown_backend_is_nobody(owner: Person) -> None:
    session = owner.client.session
    session["_auth_user_backend"] = "somebody.elses.Backend"
    session.save()
    assert resolve_principal({}, cookies_of(owner)) is None


def test_session_without_membership_is_told_so() -> None:
    client = signed_in(make_user())
    with pytest.raises(NoWorkspace) as refusal:
        resolve_principal({}, {"sessionid": client.cookies[settings.SESSION_COOKIE_NAME].value})
    assert refusal.value.status == 403


def test_session_chooses_among_tenants(owner: Person) -> None:
    second = make_tenant("Second")
    Membership.objects.create(user=owner.user, tenant=second, role=Role.VIEWER)

    def chosen(tenant_id: object) -> Principal | None:
        session = owner.client.session
        session["tenant_id"] = str(tenant_id)
        session.save()
        return resolve_principal({}, cookies_of(owner))

    assert chosen("")
    assert chosen("").tenant_id == owner.tenant.pk
    assert chosen(second.pk).tenant_id == second.pk
    assert chosen(second.pk).role == "viewer"
    assert chosen(make_tenant("Foreign").pk).tenant_id == owner.tenant.pk
    suspend_tenant(actor=owner.user, tenant=owner.tenant, reason="Unpaid")
    assert chosen("").tenant_id == second.pk
    with pytest.raises(TenantSuspended):
        chosen(owner.tenant.pk)


def test_roles_are_mapped_to_scopes() -> None:
    assert set(ROLE_SCOPES) == set(Role.values)
    assert ROLE_SCOPES["owner"] == ROLE_SCOPES["admin"] == set(SCOPES)
    assert set(SCOPES) - ROLE_SCOPES["member"] == {
        "audit:read",
        "organization:read",
        "organization:write",
        "webhooks:read",
        "webhooks:write",
        "billing:read",
        "billing:write",
        "members:write",
        "keys:read",
        "keys:write",
    }
    assert ROLE_SCOPES["viewer"] == {*("documents:read", "jobs:read", "presets:read", "usage:read")}
    assert ROLE_SCOPES["billing"] == {"usage:read", "billing:read", "billing:write"}


def test_require_names_the_scope() -> None:
    principal = Principal(uuid.uuid4(), None, None, None, frozenset({"jobs:read"}), "live")
    principal.require("jobs:read")
    with pytest.raises(InsufficientScope) as refusal:
        principal.require("jobs:write")
    assert refusal.value.code == "insufficient_scope"
    assert refusal.value.context["scope"] == "jobs:write"


def test_scope_that_no_longer_exists_grants_nothing() -> None:
    _, text = make_api_key(scopes=["jobs:read"])
    APIKey.objects.update(scopes=["jobs:read", "moon:write"])
    principal = resolve_principal({"x-api-key": text}, {})
    assert principal.scopes == {"jobs:read"}
