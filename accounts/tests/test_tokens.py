"""Logging programs in: who gets tokens, who does not, and that the answers tell no more."""

from __future__ import annotations

import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEntry, Membership, Role, Tenant, TokenGrant, User
from accounts.scopes import ROLE_SCOPES
from accounts.services import tokens
from accounts.services.attempts import LOGIN_TO_ACCOUNT, SECOND_FACTOR
from accounts.services.grants import forget_dead_grants
from accounts.services.tokens import IDLE, LONGEST
from accounts.tests.factories import PASSWORD, make_member, make_tenant, make_user, new_browser
from accounts.tests.test_two_factor import INDEX, code_of, set_up
from config.tests.conformance import ApiClient, operations, schema_errors

pytestmark = pytest.mark.django_db

URL = "/api/v1/auth/token/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ada(tenant: Tenant) -> User:
    email = f"ada{secrets.token_hex(8)}@example.org"
    return make_member("viewer", tenant=tenant, email=email, password=PASSWORD)


def program() -> ApiClient:
    """Return a program without a credential, at an address of its own."""
    return ApiClient(REMOTE_ADDR=new_browser().defaults["REMOTE_ADDR"])


def ask(client: Client | None = None, path: str = URL, **form: Any) -> HttpResponse:
    return (client or program()).post(path, urlencode(form), content_type=FORM)


def tokens_of(user: User, **more: Any) -> dict[str, Any]:
    answer = ask(username=user.email, password=PASSWORD, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refusal(answer: HttpResponse) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["type"], body["error"]


def without_id(answer: HttpResponse) -> bytes:
    return re.sub(rb'"request_id":"[^"]+"', b"", answer.content)


def refresh(text: str) -> HttpResponse:
    return ask(path=f"{URL}refresh/", refresh_token=text)


def past_grace() -> None:
    TokenGrant.objects.update(last_used_at=Now() - 2 * tokens.GRACE)


@pytest.mark.parametrize("path", [URL, URL.rstrip("/")])
def test_a_password_gets_tokens_as_form_and_as_json(ada: User, path: str) -> None:
    given = {"username": f" {ada.email.upper()} ", "password": PASSWORD, "grant_type": "password"}
    for answer in (ask(path=path, **given), program().send_json(path, given)):
        assert answer.status_code == 200
        assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("bearer", 600)
        assert body["scope"].split() == sorted(ROLE_SCOPES["viewer"])


def test_what_an_access_token_says(ada: User, tenant: Tenant, settings: Settings) -> None:
    text = tokens_of(ada)["access_token"]
    claims = jwt.decode(text, options={"verify_signature": False})
    grant = TokenGrant.objects.get()
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "at+jwt"}
    assert (claims["sub"], claims["sid"], claims["tid"]) == (
        *(str(ada.pk), str(grant.pk)),
        str(tenant.pk),
    )
    assert (claims["iss"], claims["aud"]) == (settings.PUBLIC_URL, f"{settings.PUBLIC_URL}/api/")
    assert claims["exp"] - claims["iat"] == 600
    assert len(claims["jti"]) == 32


def test_what_libraries_for_oauth_send_along_is_no_error(ada: User) -> None:
    client = ApiClient(
        HTTP_AUTHORIZATION="Basic dW5kZWZpbmVkOnVuZGVmaW5lZA==",
        REMOTE_ADDR=new_browser().defaults["REMOTE_ADDR"],
    )
    given = {"client_id": "", "client_secret": "", "scope": "", "grant_type": "password"}
    answer = ask(client, username=ada.email, password=PASSWORD, **given)
    assert answer.status_code == 200


def test_spaces_belong_to_a_password(ada: User) -> None:
    ada.set_password(f" {PASSWORD} ")
    ada.save()
    assert ask(username=ada.email, password=PASSWORD).status_code == 401
    assert ask(username=ada.email, password=f" {PASSWORD} ").status_code == 200


def test_unknown_wrong_and_closed_are_answered_alike(ada: User) -> None:
    closed = make_member(email="closed@example.org", password=PASSWORD, is_active=False)
    answers = [
        ask(username=ada.email, password="wrong"),
        ask(username="nobody@example.org", password=PASSWORD),
        ask(username="no address", password=PASSWORD),
        ask(username=closed.email, password=PASSWORD),
        ask(username=closed.email, password="wrong", otp="123456", tenant=str(ada.pk)),
    ]
    assert {refusal(answer) for answer in answers} == {(401, "invalid_login", "invalid_grant")}
    assert len({without_id(answer) for answer in answers}) == 1
    assert not TokenGrant.objects.exists()


def test_a_closed_account_is_not_left_for_the_next_request(browser: Client) -> None:
    closed = make_member(email="closed@example.org", password=PASSWORD, is_active=False)
    ask(username=closed.email, password=PASSWORD)
    form = {"login": "nobody@example.org", "password": PASSWORD}
    assert browser.post("/accounts/login/", form).status_code == 200


@pytest.mark.parametrize("email", ["", "nobody@example.org"])
def test_an_account_can_be_tried_ten_times_here_and_on_the_page(ada: User, email: str) -> None:
    email = email or ada.email
    for _ in range(LOGIN_TO_ACCOUNT.most - 1):
        assert ask(username=email, password="wrong").status_code == 401
    new_browser().post("/accounts/login/", {"login": email, "password": "wrong"})
    answer = ask(username=email, password=PASSWORD)
    assert refusal(answer) == (429, "too_many_attempts", "invalid_request")
    assert 800 < int(answer["Retry-After"]) <= 900


def test_an_address_can_try_twenty_times_a_minute(ada: User) -> None:
    client = program()
    for number in range(20):
        ask(client, username=f"nobody{number}@example.org", password="wrong")
    answer = ask(client, username=ada.email, password=PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert ask(username=ada.email, password=PASSWORD).status_code == 200


def test_who_is_right_uses_nothing_up(ada: User) -> None:
    for _ in range(LOGIN_TO_ACCOUNT.most + 1):
        tokens_of(ada)


def test_the_second_factor_is_asked_for(ada: User) -> None:
    client, secret = set_up(ada)
    given = {"username": ada.email, "password": PASSWORD}
    assert refusal(ask(**given)) == (401, "otp_required", "invalid_grant")
    wrong = f"{(int(code_of(secret)) + 7) % 1_000_000:06d}"
    assert refusal(ask(**given, otp=wrong)) == (401, "invalid_otp", "invalid_grant")
    code = code_of(secret)
    assert ask(**given, otp=code).status_code == 200
    assert refusal(ask(**given, otp=code))[1] == "invalid_otp", "once"
    cache.clear()
    assert refusal(ask(**given, otp=code))[1] == "invalid_otp", "whatever happens to Valkey"
    page = client.get(f"{INDEX}codes/").content.decode()
    recovery = re.findall(r"<li><code>([^<]+)</code>", page)[0]
    assert ask(**given, otp=recovery).status_code == 200
    assert refusal(ask(**given, otp=recovery))[1] == "invalid_otp", "once"


def test_codes_cannot_be_guessed(ada: User) -> None:
    _, secret = set_up(ada)
    given = {"username": ada.email, "password": PASSWORD}
    wrong = f"{(int(code_of(secret)) + 7) % 1_000_000:06d}"
    for _ in range(SECOND_FACTOR.most):
        assert ask(**given, otp=wrong).status_code == 401
    assert refusal(ask(**given, otp=code_of(secret)))[1] == "too_many_attempts"


def test_the_tenant_can_be_chosen_among_ones_own(ada: User, tenant: Tenant) -> None:
    second, foreign = make_tenant("Second"), make_tenant("Foreign")
    Membership.objects.create(user=ada, tenant=second, role=Role.OWNER)
    assert tenant_of(tokens_of(ada)) == str(tenant.pk)
    assert tenant_of(tokens_of(ada, tenant=second.pk)) == str(second.pk)
    given = {"username": ada.email, "password": PASSWORD}
    answers = [ask(**given, tenant=each) for each in (foreign.pk, ada.pk)]
    assert {refusal(answer)[:2] for answer in answers} == {(403, "no_workspace")}
    assert len({without_id(answer) for answer in answers}) == 1
    Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())
    assert tenant_of(tokens_of(ada)) == str(second.pk)


def tenant_of(given: dict[str, Any]) -> str:
    claims = jwt.decode(given["access_token"], options={"verify_signature": False})
    return str(claims["tid"])


def test_who_belongs_nowhere_gets_none() -> None:
    user = make_user("nowhere@example.org", password=PASSWORD)
    answer = ask(username=user.email, password=PASSWORD)
    assert refusal(answer) == (403, "no_workspace", "invalid_grant")


def test_scopes_can_be_fewer_never_more(ada: User) -> None:
    assert tokens_of(ada, scope="jobs:read jobs:write")["scope"] == "jobs:read"
    narrowed = tokens_of(ada, scope="jobs:read")
    assert refresh(narrowed["refresh_token"]).json()["scope"] == "jobs:read"
    answer = ask(username=ada.email, password=PASSWORD, scope="jobs:read moon:write")
    assert refusal(answer) == (422, "validation_error", "invalid_scope")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("{}", 422, "invalid_request"),
        ("[]", 422, "invalid_request"),
        ("nonsense", 400, "invalid_request"),
        ('{"username": "a", "password": 5, "more": 1}', 422, "invalid_request"),
        ('{"username": "a\\u0000", "password": "b"}', 422, "invalid_request"),
        ('{"username": "a", "password": "b", "grant_type": "implicit"}', 422, None),
        ('{"grant_type": "refresh_token"}', 422, "invalid_request"),
        ('{"grant_type": "refresh_token", "refresh_token": "x"}', 401, "invalid_grant"),
        ('{"grant_type": ["refresh_token"]}', 422, None),
    ],
)
def test_nonsense_is_refused_in_both_languages(body: str, status: int, error: str | None) -> None:
    answer = program().send_json(URL, body)
    assert answer.status_code == status
    assert answer.json()["error"] == (error or "unsupported_grant_type")
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    ("path", "body", "field", "type_"),
    [
        (URL, {"username": 1, "password": "x"}, "username", "string_type"),
        (URL, {"refresh_token": ""}, "refresh_token", "string_too_short"),
        (f"{URL}refresh/", {"refresh_token": " a b"}, "refresh_token", "value_error"),
        (f"{URL}revoke/", {"token": "x", "token_type_hint": 0.5}, "token_type_hint", "string_type"),
        (f"{URL}revoke/", {"token": "\x00"}, "token", "value_error"),
        (URL, {"username": "\x00a", "password": "x"}, "username", "string_control_character"),
    ],
)
def test_texts_are_what_the_document_says(
    path: str, body: dict[str, Any], field: str, type_: str
) -> None:
    (operation,) = (one for _, at, one in operations() if at == path)
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema_errors(schema, body)
    answer = program().post(path, json.dumps(body), content_type="application/json")
    problems = [(each["loc"][-1], each["type"]) for each in answer.json()["detail"]]
    assert (answer.status_code, problems) == (422, [(field, type_)])


@pytest.mark.parametrize("path", [URL, f"{URL}refresh/", f"{URL}revoke/"])
def test_other_bodies_and_methods_are_refused(path: str) -> None:
    assert program().post(path, "<a/>", content_type="text/xml").status_code == 415
    assert program().get(path).status_code == 405


# --- Refreshing -------------------------------------------------------------------------------


def test_a_refresh_token_gets_the_next_ones(ada: User) -> None:
    first = tokens_of(ada)
    answers = [refresh(first["refresh_token"])]
    given = {"grant_type": "refresh_token"}
    answers.append(ask(refresh_token=answers[0].json()["refresh_token"], **given))
    assert [answer.status_code for answer in answers] == [200, 200]
    texts = {first["refresh_token"], *(each.json()["refresh_token"] for each in answers)}
    assert len(texts) == 3
    assert TokenGrant.objects.get().generation == 3


def test_a_token_used_again_ends_the_log_in_for_everybody(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    first = tokens_of(ada)["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    third = refresh(second).json()["refresh_token"]
    past_grace()
    assert refusal(refresh(first)) == (401, "reused_refresh_token", "invalid_grant")
    assert "refresh_token_reused" in caplog.text
    for text in (first, second, third):
        assert refusal(refresh(text)) == (401, "invalid_refresh_token", "invalid_grant")


def test_within_the_grace_nobody_is_suspected_and_nobody_served(ada: User) -> None:
    first = tokens_of(ada)["refresh_token"]
    second = refresh(first).json()["refresh_token"]
    assert refusal(refresh(first)) == (409, "refresh_token_just_used", "invalid_request")
    third = refresh(second).json()["refresh_token"]
    assert refusal(refresh(first))[1] == "reused_refresh_token", "two steps back is no race"
    assert refresh(third).status_code == 401


def test_after_the_grace_the_last_token_is_suspicious(ada: User) -> None:
    first = tokens_of(ada)["refresh_token"]
    refresh(first)
    past_grace()
    assert refusal(refresh(first))[1] == "reused_refresh_token"


@pytest.mark.parametrize("place", [12, 30, 40, 60, 85])
def test_nobody_ends_a_log_in_with_a_text_made_up(ada: User, place: int) -> None:
    text = tokens_of(ada)["refresh_token"]
    other = "A" if text[place] != "A" else "B"
    for wrong in (text[:place] + other + text[place + 1 :], text[:-1], text + "A"):
        assert refusal(refresh(wrong)) == (401, "invalid_refresh_token", "invalid_grant")
    assert refresh(text).status_code == 200


def test_refresh_tokens_survive_a_rotated_secret_key(ada: User, settings: Settings) -> None:
    text = tokens_of(ada)["refresh_token"]
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 50
    assert refresh(text).status_code == 401
    settings.SECRET_KEY_FALLBACKS = [old]
    text = refresh(text).json()["refresh_token"]
    settings.SECRET_KEY_FALLBACKS = []
    assert refresh(text).status_code == 200


def test_time_ends_a_log_in(ada: User) -> None:
    text = tokens_of(ada)["refresh_token"]
    TokenGrant.objects.update(created_at=Now() - LONGEST + IDLE / 2)
    text = refresh(text).json()["refresh_token"]
    left = TokenGrant.objects.get().expires_at - timezone.now()
    assert left < IDLE * 0.51, "ninety days in all, however often it is used"
    TokenGrant.objects.update(expires_at=Now())
    assert refusal(refresh(text))[1] == "invalid_refresh_token"


@pytest.mark.parametrize("change", ["password", "closed", "removed"])
def test_what_ends_a_session_ends_a_log_in(ada: User, change: str) -> None:
    text = tokens_of(ada)["refresh_token"]
    if change == "password":
        ada.set_password("something else entirely")
        ada.save()
    elif change == "closed":
        User.objects.update(is_active=False)
    else:
        Membership.objects.all().delete()
    assert refusal(refresh(text))[1] == "invalid_refresh_token"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_either_token_ends_the_log_in(ada: User, kind: str) -> None:
    given, other = tokens_of(ada), tokens_of(ada)
    answer = ask(path=f"{URL}revoke/", token=given[kind], token_type_hint=kind)
    assert (answer.status_code, answer.content) == (200, b"")
    assert refresh(given["refresh_token"]).status_code == 401
    assert refresh(other["refresh_token"]).status_code == 200
    again = [ask(path=f"{URL}revoke/", token=text) for text in (given[kind], "x", "a.b.c")]
    assert [answer.status_code for answer in again] == [200, 200, 200]


# --- What is kept -----------------------------------------------------------------------------


def test_only_a_digest_is_kept_and_nothing_is_logged(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    given = tokens_of(ada)
    given |= {"next": refresh(given["refresh_token"]).json()["refresh_token"]}
    past_grace()
    refresh(given["refresh_token"])
    kept = json.dumps(list(TokenGrant.objects.values()), default=str)
    for secret in (given["access_token"], given["refresh_token"][40:], given["next"][40:]):
        assert secret not in kept
        assert secret not in caplog.text
    assert "refresh_token_reused" in caplog.text
    assert PASSWORD not in caplog.text


def test_what_happens_is_in_the_audit_log(ada: User) -> None:
    text = tokens_of(ada)["refresh_token"]
    ask(username=ada.email, password="wrong")
    refresh(text)
    past_grace()
    refresh(text)
    refresh(text)
    said = AuditEntry.objects.order_by("seq").values_list("action", "actor", "subject")
    user = f"user:{ada.pk}"
    assert list(said) == [
        ("user.signed_in", user, user),
        ("user.sign_in_failed", "nobody", user),
        ("user.token_reused", "nobody", user),
    ]
    assert AuditEntry.objects.filter(details__log_in=str(TokenGrant.objects.get().pk)).count() == 2


def test_dead_log_ins_are_forgotten(ada: User) -> None:
    living, revoked, expired = (tokens_of(ada)["refresh_token"] for _ in range(3))
    ids = list(TokenGrant.objects.order_by("created_at").values_list("pk", flat=True))
    ask(path=f"{URL}revoke/", token=revoked)
    TokenGrant.objects.filter(pk=ids[2]).update(expires_at=Now())
    assert forget_dead_grants() == 0, "for a day they are kept"
    TokenGrant.objects.filter(pk=ids[1]).update(revoked_at=Now() - IDLE)
    TokenGrant.objects.filter(pk=ids[2]).update(expires_at=Now() - IDLE)
    assert forget_dead_grants() == 2
    assert refresh(living).status_code == 200
    assert refusal(refresh(expired))[1] == "invalid_refresh_token"


def test_of_too_many_log_ins_the_newest_are_kept(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_OF_A_PLACE", 2)
    texts = [tokens_of(ada)["refresh_token"] for _ in range(3)]
    assert [refresh(text).status_code for text in texts] == [401, 200, 200]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_refresh_at_once_one_gets_tokens(ada: User) -> None:
    text = tokens_of(ada)["refresh_token"]
    barrier = Barrier(8)

    def attempt(_: int) -> HttpResponse:
        try:
            barrier.wait()
            return refresh(text)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    winners = [answer for answer in answers if answer.status_code == 200]
    losers = {answer.json()["type"] for answer in answers if answer not in winners}
    assert (len(winners), losers) == (1, {"refresh_token_just_used"})
    assert refresh(winners[0].json()["refresh_token"]).status_code == 200
