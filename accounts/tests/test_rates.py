"""How often one credential may ask."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from accounts.models import Tenant
from accounts.principal import Principal, Rates
from accounts.services import rates
from accounts.services.rates import RateExceeded, Taken, take
from accounts.tests.cast import Person
from accounts.tests.factories import bearer, make_api_key, make_principal
from config import valkey

pytestmark = pytest.mark.django_db
WHOAMI = "/api/v1/auth/whoami/"


def limited(requests: int | None = 3) -> Principal:
    principal = make_principal()
    return Principal(
        principal.tenant_id, principal.user_id, None, "owner", principal.scopes, "live",
        rates=Rates(requests=requests, uploads=1),
    )  # fmt: skip


def test_as_many_as_the_limit_says_and_no_more() -> None:
    principal = limited()
    left = [take(principal=principal, what="requests") for _ in range(3)]
    assert [each and (each.limit, each.remaining) for each in left] == [(3, 2), (3, 1), (3, 0)]
    with pytest.raises(RateExceeded, match="allows 3 requests a minute") as caught:
        take(principal=principal, what="requests")
    told: Taken = caught.value.context["taken"]
    assert (told.remaining, told.reset_seconds) == (0, caught.value.context["retry_after_seconds"])
    assert 50 < told.reset_seconds <= 60


def test_each_credential_and_each_limit_counts_by_itself() -> None:
    first, second = limited(1), limited(1)
    for principal in (first, second):
        take(principal=principal, what="requests")
        take(principal=principal, what="uploads")
    with pytest.raises(RateExceeded):
        take(principal=first, what="uploads")


def test_of_many_at_once_exactly_so_many_pass() -> None:
    principal = limited(10)

    def ask(_: int) -> str:
        try:
            take(principal=principal, what="requests")
        except RateExceeded:
            return "refused"
        return "passed"

    with ThreadPoolExecutor(20) as threads:
        outcomes = Counter(threads.map(ask, range(60)))
    assert outcomes == {"passed": 10, "refused": 50}


def test_the_window_moves_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "WINDOW_SECONDS", 1)
    principal = limited(2)
    for _ in range(2):
        take(principal=principal, what="requests")
    with pytest.raises(RateExceeded) as caught:
        take(principal=principal, what="requests")
    time.sleep(caught.value.context["retry_after_seconds"])
    taken = take(principal=principal, what="requests")
    assert taken and taken.remaining >= 0


def test_a_lowered_limit_waits_for_the_right_moment() -> None:
    principal = limited(5)
    for _ in range(5):
        take(principal=principal, what="requests")
    with pytest.raises(RateExceeded):
        take(principal=limited_like(principal, 2), what="requests")


def limited_like(principal: Principal, requests: int) -> Principal:
    return Principal(
        principal.tenant_id, principal.user_id, None, "owner", principal.scopes, "live",
        rates=Rates(requests=requests),
    )  # fmt: skip


def test_without_a_limit_nothing_is_counted() -> None:
    assert take(principal=limited(None), what="requests") is None


def test_without_valkey_everybody_passes(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        assert [take(principal=limited(0), what="requests") for _ in range(3)] == [None] * 3
    finally:
        valkey._valkey.cache_clear()


def test_the_api_tells_what_is_left(owner: Person, client: Client) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(requests_per_minute=2)
    _, key = make_api_key(owner.tenant)
    _, other = make_api_key(owner.tenant)
    first = client.get(WHOAMI, **bearer(key))
    assert first["RateLimit-Policy"] == '"requests";q=2;w=60'
    assert first["RateLimit"] == '"requests";r=1;t=60'
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("2", "1")
    client.get(WHOAMI, **bearer(key))
    refused = client.get(WHOAMI, **bearer(key))
    assert (refused.status_code, refused.json()["type"]) == (429, "rate_limited")
    assert 50 < int(refused["Retry-After"]) <= 60
    assert refused["RateLimit"] == f'"requests";r=0;t={refused["Retry-After"]}'
    assert client.get(WHOAMI, **bearer(other)).status_code == 200
