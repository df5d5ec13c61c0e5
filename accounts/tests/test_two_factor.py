"""The second factor: set up, asked for, not to be guessed, kept encrypted."""

from __future__ import annotations

import re
import secrets

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.services.attempts import SECOND_FACTOR
from accounts.tests.factories import PASSWORD, make_member, make_user, new_browser

pytestmark = pytest.mark.django_db

INDEX = "/accounts/two-factor/"


@pytest.fixture
def ada() -> User:
    return make_member("owner", email=f"ada{secrets.token_hex(8)}@example.org", password=PASSWORD)


def log_in(client: Client, user: User, next_url: str = "") -> HttpResponse:
    form = {"login": user.email, "password": PASSWORD, "next": next_url}
    return client.post("/accounts/login/", form)


def code_of(secret: str, step: int = 0) -> str:
    """The code that an app shows; ``step`` 30 seconds before or after."""
    counters = list(yield_hotp_counters_from_time())
    return f"{hotp_value(secret, counters[len(counters) // 2 + step]):06d}"


def set_up(user: User) -> tuple[Client, str]:
    """Turn the second factor on as somebody does in the browser; return its secret."""
    client = new_browser()
    log_in(client, user)
    page = client.get(f"{INDEX}app/activate/")
    assert page.status_code == 302, "who sits there is asked once more"
    client.post(page["Location"], {"password": PASSWORD})
    page = client.get(f"{INDEX}app/activate/").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7]+)<', page)[1]
    done = client.post(f"{INDEX}app/activate/", {"code": code_of(secret, -1)})
    assert done["Location"] == f"{INDEX}codes/"
    return client, secret


def second_step(user: User, code: str) -> tuple[Client, HttpResponse]:
    client = new_browser()
    answer = log_in(client, user)
    assert answer["Location"] == f"{INDEX}authenticate/"
    assert client.get(answer["Location"]).status_code == 200
    return client, client.post(answer["Location"], {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/settings/api-keys/").status_code == 200


def test_log_in_asks_for_the_code(ada: User) -> None:
    _, secret = set_up(ada)
    client = new_browser()
    log_in(client, ada)
    assert not is_in(client), "the password alone is not enough"
    client, answer = second_step(ada, code_of(secret))
    assert answer.status_code == 302
    assert is_in(client)


def test_a_code_works_once(ada: User) -> None:
    _, secret = set_up(ada)
    code = code_of(secret)
    assert second_step(ada, code)[1].status_code == 302
    client, answer = second_step(ada, code)
    assert "Incorrect code" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("spelling", ["{}", " {} ", "{:.3}-{}"])
def test_a_code_works_once_for_as_long_as_it_is_right(ada: User, spelling: str) -> None:
    """Longer than allauth remembers it (30 s), and whatever happens to Valkey."""
    _, secret = set_up(ada)
    code = code_of(secret)
    assert second_step(ada, code)[1].status_code == 302
    cache.clear()
    again = spelling.format(code, code[3:]) if "-" in spelling else spelling.format(code)
    client, answer = second_step(ada, again)
    assert "Incorrect code" in answer.content.decode()
    assert not is_in(client)


def test_codes_cannot_be_guessed_from_many_places(ada: User) -> None:
    _, secret = set_up(ada)
    right = code_of(secret)
    wrong = f"{(int(right) + 7) % 1_000_000:06d}"
    for _ in range(SECOND_FACTOR.most):
        assert "Incorrect code" in second_step(ada, wrong)[1].content.decode()
    client, answer = second_step(ada, right)
    assert "Too many" in answer.content.decode()
    assert not is_in(client)


def test_recovery_codes_let_in_once_each(ada: User) -> None:
    client, _ = set_up(ada)
    page = client.get(f"{INDEX}codes/").content.decode()
    codes = re.findall(r"<li><code>([^<]+)</code>", page)
    assert len(codes) == 10
    assert codes[0] in client.get(f"{INDEX}codes/file/").content.decode()
    first, answer = second_step(ada, codes[0])
    assert answer.status_code == 302 and is_in(first)
    assert second_step(ada, codes[0])[1].status_code == 200


def test_it_can_be_turned_off_by_who_is_in(ada: User) -> None:
    client, _ = set_up(ada)
    assert client.get(INDEX).status_code == 200
    assert client.get(f"{INDEX}app/deactivate/").status_code == 200
    assert client.post(f"{INDEX}app/deactivate/").status_code == 302
    again = new_browser()
    log_in(again, ada)
    assert is_in(again)


def test_staff_are_asked_too() -> None:
    staff = make_user(f"staff{secrets.token_hex(8)}@example.org", password=PASSWORD, is_staff=True)
    _, secret = set_up(staff)
    client, _ = second_step(staff, "000000")
    assert client.get("/admin/", follow=True).redirect_chain
    client, _ = second_step(staff, code_of(secret))
    assert client.get("/admin/").status_code == 200


def test_nothing_that_makes_codes_is_kept_in_clear(ada: User) -> None:
    client, secret = set_up(ada)
    codes = re.findall(r"<li><code>([^<]+)</code>", client.get(f"{INDEX}codes/").content.decode())
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert not [code for code in codes if code in kept]


@pytest.mark.parametrize("path", ["", "app/activate/", "app/deactivate/", "codes/", "codes/new/"])
def test_nobody_sees_these_pages(browser: Client, path: str) -> None:
    assert "/accounts/" in browser.get(f"{INDEX}{path}")["Location"]
