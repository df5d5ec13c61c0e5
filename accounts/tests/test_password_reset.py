"""Forgotten passwords: the same answer for everybody, and a link nobody else can steer."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.services.attempts import LOGIN_TO_ACCOUNT, take_attempt
from accounts.services.people import change_email
from accounts.tests.factories import PASSWORD, make_member, new_browser

pytestmark = pytest.mark.django_db

URL = "/accounts/password/reset/"


@pytest.fixture
def ada() -> User:
    """Return somebody under an address that no limit has counted yet."""
    email = f"ada{secrets.token_hex(8)}@example.org"
    return make_member("owner", email=email, password="forgotten long ago")


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"http\S+/accounts/password/reset/key/\S+", mail.body)
    assert found, mail.body
    return found[0]


def test_known_and_unknown_addresses_get_the_same_answer(
    browser: Client, ada: User, mailoutbox: list[EmailMessage]
) -> None:
    unknown = f"nobody{secrets.token_hex(8)}@example.org"
    answers = [browser.post(URL, {"email": email}) for email in (ada.email, unknown)]
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert browser.get(answers[0]["Location"]).status_code == 200
    assert [mail.to for mail in mailoutbox] == [[ada.email], [unknown]]


def test_link_sets_a_new_password_once(
    browser: Client, ada: User, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://marks.example"
    settings.ALLOWED_HOSTS = ["testserver", "evil.example"]
    browser.post(URL, {"email": ada.email.upper()}, headers={"host": "evil.example"})
    (mail,) = mailoutbox
    link = link_in(mail)
    assert link.startswith("https://marks.example/accounts/")
    assert "evil.example" not in mail.body + mail.subject
    assert "Countermark" in mail.body

    path = link.removeprefix("https://marks.example")
    form_path = browser.get(path)["Location"]
    assert browser.get(form_path).status_code == 200
    browser.post(form_path, {"password1": PASSWORD, "password2": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)

    again = new_browser().get(path, follow=True)
    assert "no longer works" in again.content.decode()


def test_link_is_not_in_the_log(
    browser: Client, ada: User, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    browser.post(URL, {"email": ada.email})
    path = urlsplit(link_in(mailoutbox[0])).path
    with caplog.at_level("INFO", "http"):
        browser.get(path)
    assert path.split("/")[-2] not in caplog.text
    assert "/accounts/password/reset/key/…/" in caplog.text


def test_who_never_had_a_password_sets_one(ada: User) -> None:
    ada.set_unusable_password()
    ada.save()
    client = new_browser()
    client.force_login(ada)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    page = client.get("/accounts/password/change/", follow=True)
    assert "Set a password" in page.content.decode()
    assert client.post(page.request["PATH_INFO"], form).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_reset_ends_all_sessions(ada: User, mailoutbox: list[EmailMessage]) -> None:
    elsewhere = new_browser()
    elsewhere.force_login(ada)
    assert elsewhere.get("/settings/api-keys/").status_code == 200
    ada.set_password(PASSWORD)
    ada.save()
    assert elsewhere.get("/settings/api-keys/").status_code == 302


def test_address_that_was_taken_away_resets_nothing(
    browser: Client, ada: User, mailoutbox: list[EmailMessage]
) -> None:
    old = ada.email
    EmailAddress.objects.create(user=ada, email=old, primary=True)
    ada.email = f"new{secrets.token_hex(8)}@example.org"
    change_email(user=ada)
    browser.post(URL, {"email": old})
    assert "password/reset/key" not in mailoutbox[0].body
    browser.post("/accounts/login/", {"login": old, "password": "forgotten long ago"})
    assert "_auth_user_id" not in browser.session
    browser.post("/accounts/login/", {"login": ada.email, "password": "forgotten long ago"})
    assert "_auth_user_id" in browser.session


def test_signed_in_people_change_their_password(ada: User) -> None:
    client = new_browser()
    client.force_login(ada)
    form = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/password/change/", form).status_code == 200
    client.post("/accounts/password/change/", form | {"oldpassword": "forgotten long ago"})
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)
    assert client.get("/settings/api-keys/").status_code == 200


def test_a_new_password_lets_a_guessed_at_account_in_again(
    browser: Client, ada: User, mailoutbox: list[EmailMessage]
) -> None:
    for _ in range(LOGIN_TO_ACCOUNT.most):
        assert take_attempt(allowance=LOGIN_TO_ACCOUNT, subject=ada.email)
    assert sign_in(ada.email).status_code == 200
    browser.post(URL, {"email": ada.email})
    page = browser.get(link_in(mailoutbox[0]), follow=True)
    form = {"password1": PASSWORD, "password2": PASSWORD}
    assert browser.post(page.redirect_chain[-1][0], form).status_code == 302
    assert sign_in(ada.email).status_code == 302


def sign_in(email: str) -> HttpResponse:
    return new_browser().post("/accounts/login/", {"login": email, "password": PASSWORD})
