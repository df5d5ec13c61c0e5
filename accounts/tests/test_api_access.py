"""The API's door: who gets in, with what, and that nothing is open by oversight."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from django.core.checks import run_checks
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoAssertNumQueries
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.checks import operations_declare_scopes
from accounts.services.access_tokens import LIFETIME
from accounts.services.tenants import suspend_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key, make_tenant, make_tokens, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Declared(APIView):
    """Says what it needs."""

    required_scopes: ClassVar = {"GET": "jobs:read", "POST": ("documents:write", "jobs:write")}

    def get(self, request: Request) -> Response:
        """Tell who asks."""
        return Response({"tenant": str(request.auth.tenant_id)})

    def post(self, request: Request) -> Response:
        """Do nothing."""
        return Response({}, status=201)


class HalfDeclared(Declared):
    """Forgot its POST."""

    required_scopes: ClassVar = {"GET": "jobs:read"}


class Undeclared(Declared):
    """Forgot everything."""

    required_scopes: ClassVar = {}


class Misspelt(Declared):
    """Needs what does not exist."""

    required_scopes: ClassVar = {"GET": "job:read", "POST": ()}


class Public(Declared):
    """Open on purpose."""

    permission_classes: ClassVar = [AllowAny]
    required_scopes: ClassVar = {}


views = [
    path("declared/", Declared.as_view()),
    path("half/", HalfDeclared.as_view()),
    path("undeclared/", Undeclared.as_view()),
    path("misspelt/", Misspelt.as_view()),
    path("public/", Public.as_view()),
]
urlpatterns = [path("api/v1/", include([*views, path("", include("accounts.api.urls"))]))]
WHOAMI, DECLARED = "/api/v1/auth/whoami/", "/api/v1/declared/"


def program(**wishes: object) -> Client:
    """Return a program with a new key."""
    return Client(**bearer(make_api_key(**wishes)[1]))


def test_whoami_of_a_person(owner: Person) -> None:
    answer = owner.client.get(WHOAMI).json()
    assert answer == {
        "kind": "session",
        "tenant": {"id": str(owner.tenant.pk), "name": "Acme", "slug": owner.tenant.slug},
        "user": {"id": str(owner.user.pk), "email": "owner@acme.example", "name": ""},
        "api_key": None,
        "role": "owner",
        "environment": "live",
        "scopes": sorted(owner.principal.scopes),
        "expires_at": None,
    }


def test_whoami_of_a_key(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key, text = make_api_key(scopes=["usage:read"], environment="test", last_used_at=timezone.now())
    with django_assert_num_queries(3):
        answer = Client(**bearer(text)).get(WHOAMI)
    assert answer.json()["api_key"] == {
        "id": str(key.pk),
        "name": key.name,
        "expires_at": None,
        "allowed_networks": [],
    }
    assert (answer.json()["kind"], answer.json()["expires_at"]) == ("api_key", None)
    assert answer.json()["user"] is answer.json()["role"] is None
    assert answer.json()["scopes"] == ["usage:read"]
    assert text[20:-6] not in answer.content.decode()


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "basic"])
def test_key_is_taken_from_each_header(header: str) -> None:
    key, text = make_api_key()
    headers = {
        "Authorization": {"Authorization": f"Bearer {text}"},
        "X-API-Key": {"X-API-Key": text},
        "basic": {"Authorization": f"Basic {base64.b64encode(f'{text}:'.encode()).decode()}"},
    }[header]
    assert Client().get(DECLARED, headers=headers).json() == {"tenant": str(key.tenant_id)}


def test_nobody_gets_a_challenge() -> None:
    answer = Client().get(DECLARED)
    assert answer.status_code == 401
    assert answer.json()["type"] == "not_authenticated"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_bad_keys_get_their_codes() -> None:
    suspended = make_tenant()
    staff = make_user()
    texts = {
        ("invalid_api_key", 401): "cm_live_nonsense",
        ("revoked_api_key", 401): make_api_key(revoked_at=timezone.now())[1],
        ("expired_api_key", 401): make_api_key(expires_at=timezone.now())[1],
        ("tenant_suspended", 403): make_api_key(suspended)[1],
    }
    suspend_tenant(actor=staff, tenant=suspended, reason="Unpaid")
    for (code, status), text in texts.items():
        answer = Client(**bearer(text)).get(DECLARED)
        assert (answer.json()["type"], answer.status_code) == (code, status)
        assert ("WWW-Authenticate" in answer) == (status == 401)


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ({}, ""),
        ({"Authorization": "Bearer cm_live_nonsense"}, "invalid_token"),
        ({"X-API-Key": "nonsense"}, "invalid_token"),
        ({"Authorization": "Bearer a.b.c"}, "invalid_token"),
    ],
)
def test_challenge_says_what_was_wrong(header: dict[str, str], error: str) -> None:
    challenge = Client().get(DECLARED, headers=header)["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="countermark"')
    assert (f'error="{error}"' in challenge) if error else ("error" not in challenge)


def test_challenge_names_the_scope_that_is_lacking() -> None:
    refused = program(scopes=["jobs:read"]).post(DECLARED)
    assert refused["WWW-Authenticate"] == (
        'Bearer realm="countermark", error="insufficient_scope", scope="documents:write"'
    )


def test_whoami_of_a_program(owner: Person) -> None:
    _, tokens = make_tokens(owner.user)
    answer = Client(**bearer(tokens.access_token)).get(WHOAMI).json()
    assert (answer["kind"], answer["user"]["email"]) == ("access_token", owner.user.email)
    ends = datetime.fromisoformat(answer["expires_at"]) - timezone.now()
    assert timedelta(0) < ends <= LIFETIME


def test_every_scope_is_needed() -> None:
    assert program(scopes=["jobs:read"]).get(DECLARED).status_code == 200
    assert program(scopes=["jobs:read"]).head(DECLARED).status_code == 200
    refused = program(scopes=["documents:write", "jobs:read"]).post(DECLARED)
    assert (refused.status_code, refused.json()["type"]) == (403, "insufficient_scope")
    assert "jobs:write" in refused.json()["detail"]
    assert program(scopes=["documents:write", "jobs:write"]).post(DECLARED).status_code == 201


def test_what_declares_nothing_is_refused() -> None:
    everything = program()
    assert everything.get("/api/v1/undeclared/").status_code == 403
    assert everything.get("/api/v1/half/").status_code == 200
    assert everything.post("/api/v1/half/").status_code == 403
    assert Client().post("/api/v1/public/").status_code == 201


def test_method_that_does_not_exist_is_405_but_only_for_somebody() -> None:
    assert program().put(DECLARED).status_code == 405
    assert Client().put(DECLARED).status_code == 401


def test_session_needs_the_csrf_token_for_unsafe_methods_and_keys_do_not(owner: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.user)
    assert browser.get(DECLARED).status_code == 200
    refused = browser.post(DECLARED)
    assert (refused.status_code, refused.json()["type"]) == (403, "csrf_failed")
    browser.cookies["csrftoken"] = token = "a" * 32
    assert browser.post(DECLARED, headers={"X-CSRFToken": "b" * 32}).status_code == 403
    assert browser.post(DECLARED, headers={"X-CSRFToken": token}).status_code == 201
    _, text = make_api_key(owner.tenant)
    assert browser.post(DECLARED, headers={"X-API-Key": text}).status_code == 201


def test_queries_of_a_call_do_not_grow(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, text = make_api_key(owner.tenant, last_used_at=timezone.now())
    with django_assert_num_queries(1):
        Client(**bearer(text)).get(DECLARED)
    assert owner.client.get(DECLARED).status_code == 200
    with django_assert_num_queries(2):
        owner.client.get(DECLARED)


def test_check_names_what_declares_no_known_scope() -> None:
    found = [error.msg.removeprefix(f"{__name__}.") for error in operations_declare_scopes(None)]
    assert found == [
        "HalfDeclared: POST declares no known scope.",
        "Undeclared: GET declares no known scope.",
        "Undeclared: POST declares no known scope.",
        "Misspelt: GET declares no known scope.",
    ]
    with override_settings(ROOT_URLCONF="accounts.api.urls"):
        assert "countermark.E010" not in {error.id for error in run_checks()}


def test_schema_names_the_ways_in() -> None:
    schema = SchemaGenerator().get_schema(public=True)
    names = ["bearerKey", "oauth2", "headerKey", "basicKey", "session"]
    rapidapi = ["rapidApiProxy", "rapidApiUser"]
    assert list(schema["components"]["securitySchemes"]) == sorted(names + rapidapi)
    together = {name: [] for name in rapidapi}
    security = [*({name: []} for name in names), together]
    assert schema["paths"][WHOAMI]["get"]["security"] == security
    needed = schema["paths"]["/api/v1/ws-tickets/"]["post"]["security"]
    assert {"oauth2": ["jobs:read"]} in needed and together in needed
    # A customer of RapidAPI makes no keys.
    assert together not in schema["paths"]["/api/v1/api-keys/"]["get"]["security"]
