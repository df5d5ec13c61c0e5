"""One's own page: name, time zone, and an address that changes once it is shown to be one's own."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry, User
from accounts.services import email_changes
from accounts.tests.cast import Person
from accounts.tests.factories import PASSWORD, make_api_key, make_member, make_user, new_browser
from accounts.zones import is_zone, zones

pytestmark = pytest.mark.django_db

URL = "/settings/profile/"


@pytest.fixture
def new() -> str:
    """Return an address that no limit has counted yet."""
    return f"new{secrets.token_hex(8)}@example.org"


@pytest.fixture
def ada(tenant: object) -> Person:
    """Return an owner who has a password."""
    email = f"ada{secrets.token_hex(8)}@example.org"
    return Person(make_member("owner", tenant=tenant, email=email, password=PASSWORD), tenant)


def ask(person: Person, email: str, password: str = PASSWORD) -> object:
    return person.client.post(f"{URL}email/", {"email": email, "password": password})


def link_in(mail: EmailMessage) -> str:
    return re.search(r"http://[^/]+(/accounts/email/\S+)", mail.body)[1]


def test_name_and_zone_are_saved(owner: Person) -> None:
    owner.client.post(URL, {"name": " Ada King ", "time_zone": "Asia/Tokyo"})
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.time_zone) == ("Ada King", "Asia/Tokyo")
    page = owner.client.get(URL).content.decode()
    assert 'value="Ada King"' in page and '<option value="Asia/Tokyo" selected>' in page


@pytest.mark.parametrize("change", [{"name": ""}, {"time_zone": "Mars/Base"}, {"time_zone": ""}])
def test_a_bad_profile_changes_nothing(owner: Person, change: dict[str, str]) -> None:
    form = {"name": "Ada", "time_zone": "Europe/Berlin", **change}
    page = owner.client.post(URL, form)
    assert page.status_code == 200 and page.context["form"].errors
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.time_zone) == ("", "UTC")


def test_moments_are_told_in_the_persons_zone_and_the_next_ones_in_their_own(
    owner: Person, member: Person
) -> None:
    key, _ = make_api_key(owner.tenant, expires_at=datetime(2099, 1, 15, 20, 30, tzinfo=UTC))
    User.objects.filter(pk=owner.user.pk).update(time_zone="Asia/Tokyo")
    page = owner.client.get("/settings/api-keys/").content.decode()
    assert 'title="15 January 2099, 20:30:00 UTC">16 Jan 2099</time>' in page
    page = member.client.get("/settings/api-keys/").content.decode()
    assert 'title="15 January 2099, 20:30:00 UTC">15 Jan 2099</time>' in page
    assert timezone.get_current_timezone_name() == "UTC"
    # Programs are told UTC, whoever asks.
    owner.client.get("/settings/api-keys/")
    answer = owner.client.get(f"/api/v1/api-keys/{key.pk}/").json()
    assert answer["expires_at"] == "2099-01-15T20:30:00Z"


def test_a_zone_whose_rules_are_missing_is_utc(owner: Person) -> None:
    User.objects.filter(pk=owner.user.pk).update(time_zone="Gone/Away")
    assert owner.client.get("/settings/api-keys/").status_code == 200


def test_zones_are_real_ones() -> None:
    assert is_zone("Europe/Berlin") and is_zone("UTC") and not is_zone("Etc/GMT+5")
    assert sum(len(places) for _, places in zones()) > 300


class TestEmail:
    def test_it_changes_by_the_link_and_the_old_one_is_told(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        old = ada.user.email
        EmailAddress.objects.create(user=ada.user, email=old, verified=True, primary=True)
        assert ask(ada, new.upper())["Location"] == URL
        (mail,) = mailoutbox
        assert mail.to == [new]
        link = link_in(mail)
        assert new in ada.client.get(link).content.decode()
        ada.user.refresh_from_db()
        assert ada.user.email == old, "looking changes nothing"
        ada.client.post(link)
        ada.user.refresh_from_db()
        assert ada.user.email == new
        assert mailoutbox[1].to == [old] and new in mailoutbox[1].body
        (address,) = EmailAddress.objects.filter(user=ada.user)
        assert (address.email, address.verified, address.primary) == (new, True, True)
        told = AuditEntry.objects.get(action="user.email_changed")
        assert (told.tenant_id, told.actor) == (ada.tenant.pk, f"user:{ada.user.pk}")
        assert "no longer works" in ada.client.post(link).content.decode(), "a link works once"
        assert new_browser().post("/accounts/login/", {"login": new, "password": PASSWORD})[
            "Location"
        ]

    def test_it_needs_the_password(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        page = ask(ada, new, "not mine").content.decode()
        assert "This is not your password." in page and 'value="not mine"' not in page
        assert not mailoutbox
        assert AuditEntry.objects.filter(action="user.sign_in_failed").count() == 1

    def test_guessing_it_ends(self, ada: Person, new: str) -> None:
        answers = [ask(ada, new, "not mine").status_code for _ in range(11)]
        assert answers == [200] * 10 + [429]

    def test_who_has_the_address_hears_of_it_and_nobody_else(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        make_user(new)
        unknown = f"other{secrets.token_hex(8)}@example.org"
        assert ask(ada, new)["Location"] == ask(ada, unknown)["Location"] == URL
        taken, free = mailoutbox
        assert (taken.to, free.to) == ([new], [unknown])
        assert "/accounts/email/" not in taken.body

    def test_somebody_may_sign_up_with_it_before(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        ask(ada, new)
        make_user(new)
        page = ada.client.post(link_in(mailoutbox[0])).content.decode()
        assert "no longer works" in page
        ada.user.refresh_from_db()
        assert ada.user.email != new

    def test_a_new_password_takes_it_back(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        ask(ada, new)
        ada.user.set_password("another " + PASSWORD)
        ada.user.save()
        ada.client.force_login(ada.user)
        assert "no longer works" in ada.client.get(link_in(mailoutbox[0])).content.decode()

    def test_it_ends_by_itself(
        self,
        ada: Person,
        new: str,
        mailoutbox: list[EmailMessage],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        ask(ada, new)
        monkeypatch.setattr(email_changes, "LIFETIME", timedelta(seconds=-1))
        assert "no longer works" in ada.client.get(link_in(mailoutbox[0])).content.decode()

    def test_nobody_logs_in_first_and_comes_back(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        ask(ada, new)
        link = link_in(mailoutbox[0])
        browser = new_browser()
        for answer in (browser.get(link), browser.post(link)):
            assert answer["Location"] == f"/accounts/login/?{urlencode({'next': link}, safe='/')}"
        ada.user.refresh_from_db()
        assert ada.user.email != new
        form = {"login": ada.user.email, "password": PASSWORD, "next": link}
        assert browser.post("/accounts/login/", form)["Location"] == link
        browser.post(link)
        ada.user.refresh_from_db()
        assert ada.user.email == new

    def test_another_person_is_told_whose_it_is_not(
        self, ada: Person, new: str, stranger: Person, mailoutbox: list[EmailMessage]
    ) -> None:
        ask(ada, new)
        link = link_in(mailoutbox[0])
        for answer in (stranger.client.get(link), stranger.client.post(link)):
            assert answer.status_code == 403
            page = answer.content.decode()
            assert "for another account" in page and stranger.user.email in page
            assert ada.user.email not in page and new not in page
        ada.user.refresh_from_db()
        assert ada.user.email != new
        again = stranger.client.post("/accounts/logout/", {"next": link})["Location"]
        assert again == link
        assert "/accounts/login/" in stranger.client.get(again)["Location"]

    def test_it_works_once_even_after_going_back(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage]
    ) -> None:
        old = ada.user.email
        for email in (new, old):
            ask(ada, email)
            ada.client.post(link_in(mailoutbox[-1]))
            mailoutbox.pop()
        ada.user.refresh_from_db()
        assert ada.user.email == old
        assert "no longer works" in ada.client.post(link_in(mailoutbox[0])).content.decode()
        ada.user.refresh_from_db()
        assert ada.user.email == old

    @pytest.mark.parametrize("is_taken", [False, True])
    def test_the_next_request_takes_it_back(
        self, ada: Person, new: str, mailoutbox: list[EmailMessage], is_taken: bool
    ) -> None:
        ask(ada, new)
        other = f"other{secrets.token_hex(8)}@example.org"
        if is_taken:  # nor does the first link tell that it is
            make_user(other)
        ask(ada, other)
        assert "no longer works" in ada.client.post(link_in(mailoutbox[0])).content.decode()
        ada.user.refresh_from_db()
        assert ada.user.email not in (new, other)

    def test_ones_own_address_is_no_change(self, ada: Person) -> None:
        assert "your address already" in ask(ada, ada.user.email).content.decode()


def test_every_mail_of_accounts_has_html_that_escapes(
    owner: Person, mailoutbox: list[EmailMessage]
) -> None:
    type(owner.tenant).objects.filter(pk=owner.tenant.pk).update(name="<b>Acme</b>")
    email = f"guest{secrets.token_hex(8)}@example.org"
    owner.client.post("/settings/team/", {"email": email, "role": "member"})
    ((html, media),) = mailoutbox[0].alternatives
    assert media == "text/html"
    assert "&lt;b&gt;Acme&lt;/b&gt;" in html and "<b>Acme" not in html


class NotesTransactions(EmailBackend):
    """Keeps mails as the tests' own does, and whether each was sent inside of a transaction."""

    noted: list[bool]

    def send_messages(self, messages: list[EmailMessage]) -> int:
        """Keep them."""
        self.noted.append(connection.in_atomic_block)
        return int(super().send_messages(messages))


@pytest.mark.django_db(transaction=True)
def test_no_chain_waits_for_the_mail_server(
    ada: Person,
    new: str,
    mailoutbox: list[EmailMessage],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(NotesTransactions, "noted", noted := [], raising=False)
    settings.EMAIL_BACKEND = f"{__name__}.NotesTransactions"
    ask(ada, new)
    ada.client.post(link_in(mailoutbox[0]))
    assert noted == [False, False]
    ada.user.refresh_from_db()
    assert ada.user.email == new
