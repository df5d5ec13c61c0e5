"""Where somebody is signed in, and ending that."""

from __future__ import annotations

import secrets

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import Membership, TokenGrant, User
from accounts.services.tokens import Tokens
from accounts.tests.factories import (
    PASSWORD,
    bearer,
    make_member,
    make_tenant,
    make_tokens,
    new_browser,
)

pytestmark = pytest.mark.django_db

URL = "/settings/sessions/"


@pytest.fixture
def ada() -> User:
    return make_member("owner", email=f"ada{secrets.token_hex(8)}@example.org", password=PASSWORD)


def signed_in(user: User, program: str) -> Client:
    client = new_browser()
    form = {"login": user.email, "password": PASSWORD}
    assert client.post("/accounts/login/", form, headers={"user-agent": program}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/settings/api-keys/").status_code == 200


def test_sessions_are_listed_with_their_programs(ada: User) -> None:
    here, _ = signed_in(ada, "Firefox"), signed_in(ada, "<b>Phone</b>")
    signed_in(make_member("owner", email="bob@example.org", password=PASSWORD), "Strange")
    page = here.get(URL).content.decode()
    assert "Firefox" in page and "&lt;b&gt;Phone&lt;/b&gt;" in page
    assert "Strange" not in page
    assert page.count("This one") == 1


def test_one_session_is_ended(ada: User) -> None:
    here, phone, other = (signed_in(ada, each) for each in ("Firefox", "Phone", "Other"))
    session = UserSession.objects.get(user=ada, user_agent="Phone")
    assert here.post(f"{URL}end/", {"session": session.pk}).status_code == 302
    assert [is_in(each) for each in (here, phone, other)] == [True, False, True]


def test_all_others_are_ended(ada: User) -> None:
    here, phone, other = (signed_in(ada, each) for each in ("Firefox", "Phone", "Other"))
    page = here.post(f"{URL}end/", follow=True).content.decode()
    assert "Signed out of 2 other sessions." in page
    assert [is_in(each) for each in (here, phone, other)] == [True, False, False]


def test_a_new_password_ends_all_others(ada: User) -> None:
    here, phone = signed_in(ada, "Firefox"), signed_in(ada, "Phone")
    new = "a new passphrase that nobody guessed"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert [is_in(each) for each in (here, phone)] == [True, False]
    assert "Phone" not in here.get(URL).content.decode()


@pytest.mark.parametrize("number", ["0", "999999", "-1", "x", "9" * 30, "٣"])
def test_sessions_of_others_and_none_are_the_same(ada: User, number: str) -> None:
    here = signed_in(ada, "Firefox")
    assert here.post(f"{URL}end/", {"session": number}).status_code == 404


def test_nobody_ends_what_is_somebody_elses(ada: User) -> None:
    bob = make_member("owner", email="bob@example.org", password=PASSWORD)
    theirs, mine = signed_in(ada, "Firefox"), signed_in(bob, "Opera")
    session = UserSession.objects.get(user=ada)
    assert mine.post(f"{URL}end/", {"session": session.pk}).status_code == 404
    assert is_in(theirs)


def test_strangers_are_sent_to_log_in(browser: Client) -> None:
    assert browser.get(URL)["Location"].startswith("/accounts/login/")
    assert browser.post(f"{URL}end/")["Location"].startswith("/accounts/login/")


# --- Programs ---------------------------------------------------------------------------------


def works(tokens: Tokens) -> bool:
    return Client(**bearer(tokens.access_token)).get("/api/v1/auth/whoami/").status_code == 200


def test_programs_are_listed_and_ended_one_by_one(ada: User) -> None:
    here = signed_in(ada, "Firefox")
    second = make_tenant("Second workspace")
    Membership.objects.create(user=ada, tenant=second, role="viewer")
    (grant, first), (_, other) = make_tokens(ada), make_tokens(ada, tenant=second)
    TokenGrant.objects.update(user_agent="<b>Script</b>", ip="192.0.2.7")
    page = here.get(URL).content.decode()
    assert page.count("&lt;b&gt;Script&lt;/b&gt;<div") == page.count('name="log_in"') == 2
    assert "Second workspace" in page and "192.0.2.7" in page
    assert here.post(f"{URL}end/", {"log_in": str(grant.pk)}).status_code == 302
    assert (works(first), works(other)) == (False, True)
    assert here.get(URL).content.decode().count('name="log_in"') == 1
    assert here.post(f"{URL}end/", {"log_in": str(grant.pk)}).status_code == 404


def test_signing_out_everywhere_ends_programs_too(ada: User) -> None:
    here, phone = signed_in(ada, "Firefox"), signed_in(ada, "Phone")
    tokens = make_tokens(ada)[1]
    assert "Signed out of 2" in here.post(f"{URL}end/", follow=True).content.decode()
    assert (is_in(here), is_in(phone), works(tokens)) == (True, False, False)


def test_programs_of_an_old_password_are_not_listed(ada: User) -> None:
    make_tokens(ada)
    ada.set_password("something else entirely")
    ada.save()
    here = new_browser()
    here.force_login(ada)
    assert 'name="log_in"' not in here.get(URL).content.decode()


@pytest.mark.parametrize("text", ["x", "0", "00000000-0000-4000-8000-000000000000"])
def test_programs_of_others_and_none_are_the_same(ada: User, text: str) -> None:
    bob = make_member("owner", email="bob@example.org", password=PASSWORD)
    theirs, mine = make_tokens(ada), signed_in(bob, "Opera")
    for wanted in (text, str(theirs[0].pk)):
        assert mine.post(f"{URL}end/", {"log_in": wanted}).status_code == 404
    assert works(theirs[1])
