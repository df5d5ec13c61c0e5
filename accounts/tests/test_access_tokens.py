"""Access tokens: what opens, what does not, and that what has stopped has stopped at once."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from django.conf import settings as present
from django.db.models.functions import Now
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Membership, TokenGrant, User
from accounts.principal import (
    ROLE_SCOPES,
    InvalidCredentials,
    Principal,
    TenantSuspended,
    resolve_principal,
)
from accounts.services import access_tokens
from accounts.services.access_tokens import InvalidAccessToken, write_access_token
from accounts.services.grants import ExpiredAccessToken, RevokedAccessToken
from accounts.services.tenants import suspend_tenant
from accounts.services.tokens import ReusedRefreshToken, refresh_tokens, revoke_tokens
from accounts.tests.cast import Person
from accounts.tests.factories import (
    PASSWORD,
    bearer,
    make_api_key,
    make_tokens,
    make_user,
    new_browser,
)

pytestmark = pytest.mark.django_db

WHOAMI, TICKETS = "/api/v1/auth/whoami/", "/api/v1/ws-tickets/"


def principal_of(text: str) -> Principal | None:
    return resolve_principal({"authorization": f"Bearer {text}"}, {})


def claims_of(text: str) -> dict[str, Any]:
    return jwt.decode(text, options={"verify_signature": False})


def test_a_token_is_its_person_in_one_query(
    viewer: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    grant, tokens = make_tokens(viewer.user)
    with django_assert_num_queries(1):
        principal = principal_of(tokens.access_token)
    assert principal == Principal(
        **{**as_dict(viewer.principal), "grant_id": grant.pk},
    )
    assert not principal.is_ambient
    assert viewer.principal.is_ambient


def as_dict(principal: Principal) -> dict[str, Any]:
    return {name: getattr(principal, name) for name in Principal.__slots__}


def test_whoami_of_a_token(owner: Person, member: Person) -> None:
    text = make_tokens(owner.user)[1].access_token
    answer = Client(**bearer(text)).get(WHOAMI).json()
    assert (answer["user"]["email"], answer["role"]) == (owner.user.email, "owner")
    assert (answer["api_key"], answer["environment"]) == (None, "live")
    beside_a_cookie = member.client.get(WHOAMI, **bearer(text)).json()
    assert beside_a_cookie == answer


def test_a_token_needs_no_csrf_token_whatever_cookies_are_there(owner: Person) -> None:
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(owner.user)
    assert checked.post(TICKETS).status_code == 403
    text = make_tokens(owner.user)[1].access_token
    assert checked.post(TICKETS, **bearer(text)).status_code == 201


def test_scopes_are_the_roles_of_now_and_no_more_than_asked_for(owner: Person) -> None:
    everything = make_tokens(owner.user)[1].access_token
    narrow = make_tokens(owner.user, scopes=["jobs:read", "keys:write"])[1].access_token
    assert principal_of(narrow).scopes == {"jobs:read", "keys:write"}
    assert "keys:write" in principal_of(everything).scopes
    Membership.objects.update(role="viewer")
    assert principal_of(narrow).scopes == {"jobs:read"}
    assert principal_of(everything).scopes == ROLE_SCOPES["viewer"]
    assert principal_of(everything).role == "viewer"


def signed(claims: dict[str, Any], key: Any = None, typ: str = "at+jwt", alg: str = "HS256") -> str:
    key = access_tokens._key(present.SECRET_KEY) if key is None else key
    return jwt.encode(claims, key, alg, headers={"typ": typ})


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': algorithm, 'typ': 'at+jwt'})}.{part(claims)}."


FORGERIES: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "no signature": lambda _, claims: unsigned(claims, "none"),
    "no signature, spelt otherwise": lambda _, claims: unsigned(claims, "NonE"),
    "an empty signature": lambda text, _: text.rpartition(".")[0] + ".",
    "a signature of other claims": lambda text, claims: ".".join(
        (*signed({**claims, "sid": "x"}).split(".")[:2], text.rpartition(".")[2])
    ),
    "another key": lambda _, claims: signed(claims, b"k" * 32),
    "the bare secret key": lambda _, claims: signed(claims, present.SECRET_KEY),
    "another algorithm": lambda _, claims: signed(claims, b"k" * 64, alg="HS512"),
    "another type": lambda _, claims: signed(claims, typ="JWT"),
    "another audience": lambda _, claims: signed({**claims, "aud": "https://else.example/"}),
    "another issuer": lambda _, claims: signed({**claims, "iss": "https://else.example"}),
    "no log-in": lambda _, claims: signed({k: v for k, v in claims.items() if k != "sid"}),
    "no end": lambda _, claims: signed({k: v for k, v in claims.items() if k != "exp"}),
    "an end that is no time": lambda _, claims: signed({**claims, "exp": 10**30}),
    "a log-in that is no id": lambda _, claims: signed({**claims, "sid": "1"}),
    "a log-in that never was": lambda _, claims: signed({**claims, "sid": claims["sub"]}),
    "no token": lambda *_: "a.b.c",
    "dots": lambda *_: "..",
    "too long": lambda text, _: text + "A" * 5000,
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_tokens_open_nothing(owner: Person, forgery: str) -> None:
    text = make_tokens(owner.user)[1].access_token
    assert principal_of(text) and principal_of(signed(claims_of(text)))
    forged = FORGERIES[forgery](text, claims_of(text))
    with pytest.raises(InvalidAccessToken):
        principal_of(forged)
    answer = owner.client.get(WHOAMI, **bearer(forged))
    assert (answer.status_code, answer.json()["type"]) == (401, "invalid_access_token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("place", range(0, 300, 23))
def test_no_character_can_be_changed(owner: Person, place: int) -> None:
    text = make_tokens(owner.user)[1].access_token
    other = "A" if text[place] != "A" else "B"
    with pytest.raises(InvalidCredentials):
        principal_of(text[:place] + other + text[place + 1 :])


def test_a_refresh_token_is_no_access_token(owner: Person) -> None:
    with pytest.raises(InvalidCredentials):
        principal_of(make_tokens(owner.user)[1].refresh_token)


def test_time_ends_a_token_by_the_databases_clock(owner: Person) -> None:
    grant, _ = make_tokens(owner.user)
    place = {"grant_id": grant.pk, "user_id": owner.user.pk, "tenant_id": owner.tenant.pk}

    def token(age: timedelta) -> str:
        return write_access_token(**place, scopes=(), issued_at=datetime.now(UTC) - age)

    assert principal_of(token(access_tokens.LIFETIME - timedelta(seconds=30)))
    with pytest.raises(ExpiredAccessToken):
        principal_of(token(access_tokens.LIFETIME + timedelta(seconds=1)))


def test_tokens_survive_a_rotated_secret_key(owner: Person, settings: Settings) -> None:
    text = make_tokens(owner.user)[1].access_token
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 50
    with pytest.raises(InvalidAccessToken):
        principal_of(text)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert principal_of(text)


# --- At once ----------------------------------------------------------------------------------


ENDS: dict[str, Callable[[Person], object]] = {
    "closed account": lambda _: User.objects.update(is_active=False),
    "ended": lambda _: TokenGrant.objects.update(revoked_at=Now()),
    "out of time": lambda _: TokenGrant.objects.update(expires_at=Now()),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_has_ended_at_once(owner: Person, end: str) -> None:
    text = make_tokens(owner.user)[1].access_token
    assert principal_of(text)
    ENDS[end](owner)
    with pytest.raises(RevokedAccessToken):
        principal_of(text)


def test_a_removed_member_and_one_who_comes_back_need_a_new_log_in(owner: Person) -> None:
    text = make_tokens(owner.user)[1].access_token
    Membership.objects.all().delete()
    with pytest.raises(InvalidAccessToken):
        principal_of(text)
    Membership.objects.create(user=owner.user, tenant=owner.tenant, role="owner")
    with pytest.raises(InvalidAccessToken):
        principal_of(text)


def test_a_suspended_tenant_stops_tokens(owner: Person) -> None:
    text = make_tokens(owner.user)[1].access_token
    suspend_tenant(actor=make_user(is_staff=True), tenant=owner.tenant, reason="Unpaid")
    with pytest.raises(TenantSuspended):
        principal_of(text)


def test_logging_out_and_reuse_end_access_tokens_too(owner: Person) -> None:
    _, first = make_tokens(owner.user)
    revoke_tokens(text=first.refresh_token)
    with pytest.raises(RevokedAccessToken):
        principal_of(first.access_token)
    _, stolen = make_tokens(owner.user)
    newest = refresh_tokens(text=stolen.refresh_token)
    assert principal_of(newest.access_token) and principal_of(stolen.access_token)
    TokenGrant.objects.update(last_used_at=Now() - timedelta(minutes=1))
    with pytest.raises(ReusedRefreshToken):
        refresh_tokens(text=stolen.refresh_token)
    for text in (stolen.access_token, newest.access_token):
        with pytest.raises(RevokedAccessToken):
            principal_of(text)


def test_a_new_password_ends_every_token_at_once(owner: Person) -> None:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    texts = [make_tokens(owner.user)[1].access_token for _ in range(2)]
    page = new_browser()
    page.post("/accounts/login/", {"login": owner.user.email, "password": PASSWORD})
    new = "another horse, another battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert page.post("/accounts/password/change/", form).status_code == 302
    for text in texts:
        answer = Client(**bearer(text)).get(WHOAMI)
        assert (answer.status_code, answer.json()["type"]) == (401, "revoked_access_token")
    again = urlencode({"username": owner.user.email, "password": new})
    kind = "application/x-www-form-urlencoded"
    answer = new_browser().post("/api/v1/auth/token/", again, content_type=kind)
    assert principal_of(answer.json()["access_token"])


def test_what_a_person_makes_by_token_is_theirs(owner: Person) -> None:
    """Even a key, which then lives on without them: keys are the tenant's."""
    principal = principal_of(make_tokens(owner.user)[1].access_token)
    assert principal and principal.user_id == owner.user.pk
    key, _ = make_api_key(owner.tenant)
    assert key in type(key).objects.visible_to(principal)
    assert TokenGrant.objects.visible_to(principal).count() == 1
