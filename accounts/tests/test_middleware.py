"""``request.principal``: lazy, looked up once, and the lanes' when they have one."""

from __future__ import annotations

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from accounts.middleware import PRINCIPAL_KEY, principal
from accounts.models import APIKey
from accounts.services.api_keys import InvalidCredentials
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key

pytestmark = pytest.mark.django_db


def arrived(**environ: object) -> HttpRequest:
    """Return a request as a view gets it."""
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    request = RequestFactory().get("/", **environ)
    SessionMiddleware(AuthenticationMiddleware(principal(view)))(request)
    return seen[0]


def cookie(person: Person) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in person.client.cookies.items())


def test_nothing_is_looked_up_until_somebody_asks(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    header, known = cookie(owner), owner.principal
    with django_assert_num_queries(0):
        request = arrived(HTTP_COOKIE=header)
        assert not hasattr(request, "logged_principal")
    with django_assert_num_queries(2):  # the session, the memberships
        assert request.principal == known
        assert request.principal.may("keys:write")
        assert request.user.email == "owner@acme.example"
        assert request.logged_principal == known


def test_nobody_is_falsy(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        request = arrived()
        assert not request.principal
        assert request.logged_principal is None


def test_key_goes_before_session(owner: Person, stranger: Person) -> None:
    key, text = make_api_key(stranger.tenant)
    request = arrived(HTTP_COOKIE=cookie(owner), HTTP_X_API_KEY=text)
    assert request.principal.api_key_id == key.pk
    assert request.principal.tenant_id == stranger.tenant.pk


def test_bad_key_is_refused_when_asked_for(owner: Person) -> None:
    request = arrived(HTTP_COOKIE=cookie(owner), HTTP_AUTHORIZATION="Bearer nonsense")
    with pytest.raises(InvalidCredentials):
        bool(request.principal)


def test_what_the_upload_lane_found_out_is_not_looked_up_again(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = owner.principal
    with django_assert_num_queries(0):
        request = arrived(**{PRINCIPAL_KEY: found, "HTTP_AUTHORIZATION": "Bearer nonsense"})
        assert request.principal == found


def test_no_header_can_pretend_to_be_the_upload_lane() -> None:
    # A header arrives as HTTP_…, so the lane's key cannot be reached from outside.
    assert not PRINCIPAL_KEY.startswith("HTTP_")
    request = arrived(**{f"HTTP_{PRINCIPAL_KEY.upper()}": "x"})
    assert not request.principal
    assert not APIKey.objects.exists()
