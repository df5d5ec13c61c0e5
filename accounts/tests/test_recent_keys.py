"""What a process remembers of keys, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import APIKey
from accounts.services import recent_keys
from accounts.services.api_keys import ExpiredAPIKey, InvalidAPIKey, RevokedAPIKey, verify_api_key
from accounts.services.key_changes import revoke_api_key
from accounts.services.key_text import checksum_of
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[list[float]]:
    """Remember for two seconds of a clock that stands still; the list's one number is its time."""
    settings.API_KEY_RECHECK_SECONDS = 2
    now = [1000.0]
    monkeypatch.setattr(recent_keys.time, "monotonic", lambda: now[0])
    recent_keys._rows.clear()
    yield now
    recent_keys._rows.clear()


def test_a_key_is_read_once_in_two_seconds(
    owner: Person, clock: list[float], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key, text = make_api_key(owner.tenant)
    with django_assert_num_queries(2):  # and its use is noted
        verify_api_key(text)
    with django_assert_num_queries(0):
        assert verify_api_key(text).pk == key.pk
    clock[0] += 2
    with django_assert_num_queries(1):
        verify_api_key(text)


def test_a_revoked_key_is_refused_two_seconds_later(owner: Person, clock: list[float]) -> None:
    key, text = make_api_key(owner.tenant)
    api = Client(**bearer(text))
    assert api.get("/api/v1/jobs/").status_code == 200
    revoke_api_key(principal=owner.principal, api_key_id=key.pk)
    clock[0] += 1.9
    assert api.get("/api/v1/jobs/").status_code == 200
    clock[0] += 0.1
    assert api.get("/api/v1/jobs/").status_code == 401
    with pytest.raises(RevokedAPIKey):
        verify_api_key(text)


def test_a_remembered_row_is_held_against_everything_again(owner: Person) -> None:
    """The secret and the expiry are looked at each time; a row is not a permission."""
    key, text = make_api_key(owner.tenant)
    verify_api_key(text)
    _, other = make_api_key(owner.tenant)
    body = text[:20] + other[20:-6]
    with pytest.raises(InvalidAPIKey):
        verify_api_key(body + checksum_of(body))
    recent_keys._rows[key.lookup][1].expires_at = timezone.now() - timedelta(seconds=1)
    with pytest.raises(ExpiredAPIKey):
        verify_api_key(text)


def test_what_is_no_key_is_not_remembered(
    owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, text = make_api_key(owner.tenant)
    APIKey.objects.all().delete()
    for _ in range(2):
        with django_assert_num_queries(1), pytest.raises(InvalidAPIKey):
            verify_api_key(text)
    assert recent_keys._rows == {}


def test_memory_has_an_end(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_keys, "KEPT_AT_MOST", 3)
    for _ in range(5):
        verify_api_key(make_api_key(owner.tenant)[1])
    assert len(recent_keys._rows) == 2
