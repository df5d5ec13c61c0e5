"""Logging in and out, through the pages that people use."""

from __future__ import annotations

import secrets

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, check_password, make_password
from django.core.cache import caches
from django.test import Client, override_settings
from pytest_django import Settings

from accounts.models import User
from accounts.services.attempts import LOGIN_FROM_ADDRESS
from accounts.tests.cast import Person
from accounts.tests.factories import PASSWORD, make_member, make_user, new_browser

pytestmark = pytest.mark.django_db

URL = "/accounts/login/"


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password is hashed."""

    count = 0

    def encode(self, password: str, salt: str) -> str:
        """Hash once more."""
        CountingHasher.count += 1
        return super().encode(password, salt)


@pytest.fixture
def ada() -> User:
    """Return a member who can sign in, under an address that no limit has counted yet."""
    return make_member("owner", email=f"ada{secrets.token_hex(8)}@example.org", password=PASSWORD)


def log_in(browser: Client, email: str, password: str = PASSWORD, next_url: str = "") -> object:
    form = {"login": email, "password": password} | ({"next": next_url} if next_url else {})
    return browser.post(URL, form)


def test_right_password_signs_in_and_rotates_the_session(browser: Client, ada: User) -> None:
    browser.get(URL)
    session = browser.session
    session["kept"] = 1
    session.save()
    browser.cookies["sessionid"] = before = session.session_key
    response = log_in(browser, ada.email.upper())
    assert (response.status_code, response["Location"]) == (302, "/dashboard/")
    assert browser.cookies["sessionid"].value not in ("", before)
    cookie = browser.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert browser.session["_auth_user_id"] == str(ada.pk)


def test_wrong_password_and_unknown_person_look_the_same(browser: Client, ada: User) -> None:
    def page(email: str) -> str:
        answer = log_in(browser, email, "wrong password")
        assert answer.status_code == 200
        return answer.content.decode().replace(email, "…").replace(token(answer), "…")

    def token(answer: object) -> str:
        return str(answer.context["csrf_token"])

    assert page(ada.email) == page(f"nobody{secrets.token_hex(8)}@example.org")
    assert "sessionid" not in browser.cookies


def test_unknown_person_costs_as_many_hashes_as_a_known_one(
    browser: Client, ada: User, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["accounts.tests.test_login.CountingHasher"]
    ada.set_password(PASSWORD)
    ada.save()

    def hashes(email: str) -> int:
        CountingHasher.count = 0
        log_in(browser, email, "wrong password")
        return CountingHasher.count

    assert hashes(ada.email) == hashes(f"nobody{secrets.token_hex(8)}@example.org") == 1


def test_inactive_person_cannot_sign_in(browser: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    log_in(browser, ada.email)
    assert "_auth_user_id" not in browser.session


def test_guessing_is_stopped_for_the_account_from_any_address(ada: User) -> None:
    def attempt(password: str) -> str:
        client = new_browser()
        answer = log_in(client, ada.email, password)
        return "in" if answer.status_code == 302 else answer.content.decode()

    for _ in range(10):
        assert "not correct" in attempt("wrong password")
    assert "Too many failed login attempts" in attempt(PASSWORD)


def test_succeeding_costs_no_attempts(ada: User) -> None:
    for _ in range(12):
        client = new_browser()
        assert log_in(client, ada.email).status_code == 302


@pytest.mark.parametrize(
    "next_url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "https:evil.example",
    ],
)
def test_next_never_leads_away(browser: Client, ada: User, next_url: str) -> None:
    assert log_in(browser, ada.email, next_url=next_url)["Location"] == "/dashboard/"


def test_next_leads_back(browser: Client, ada: User) -> None:
    assert log_in(browser, ada.email, next_url="/jobs/?a=1")["Location"] == "/jobs/?a=1"


def test_staff_without_a_tenant_arrive_in_the_admin(browser: Client) -> None:
    email = f"staff{secrets.token_hex(8)}@example.org"
    make_user(email, password=PASSWORD, is_staff=True)
    assert log_in(browser, email)["Location"] == "/admin/"


def test_login_needs_the_csrf_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert log_in(client, ada.email).status_code == 403


def test_logging_out_takes_a_post(owner: Person) -> None:
    assert owner.client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in owner.client.session
    before = owner.client.cookies["sessionid"].value
    response = owner.client.post("/accounts/logout/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "_auth_user_id" not in owner.client.session
    stale = Client()
    stale.cookies["sessionid"] = before
    assert stale.get("/settings/api-keys/").status_code == 302


def test_guessing_is_stopped_for_an_address_whatever_the_account(browser: Client) -> None:
    def attempt() -> str:
        email = f"nobody{secrets.token_hex(8)}@example.org"
        return log_in(browser, email, "wrong password").content.decode()

    for _ in range(LOGIN_FROM_ADDRESS.most):
        assert "not correct" in attempt()
    assert "Too many failed login attempts" in attempt()


def test_without_valkey_people_sign_in_and_sign_up(browser: Client, ada: User) -> None:
    """What guards both is in the database."""
    down = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with override_settings(CACHES=down):
        caches.close_all()
        form = {"name": "New", "workspace": "New", "email": "new@example.org"}
        signed_up = new_browser().post("/accounts/signup/", form | {"password1": PASSWORD})
        assert log_in(browser, ada.email).status_code == 302
    assert signed_up.status_code == 302


def test_pages_of_allauth_that_we_do_not_use_do_not_exist(owner: Person) -> None:
    for path in ("email/", "social/signup/", "login/code/", ""):
        assert owner.client.get(f"/accounts/{path}").status_code == 404


def test_passwords_are_argon2id_of_moderate_size() -> None:

    with override_settings(PASSWORD_HASHERS=["accounts.hashers.Argon2id"]):
        kept = make_password(PASSWORD)
        assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
        assert check_password(PASSWORD, kept)
