"""Signing up and forgotten passwords over the API: equal answers, links that work once."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEntry, Membership, PendingSignup, Tenant, User
from accounts.services import registration
from accounts.services.link_tokens import InvalidLink
from accounts.services.mailing import MAILS_TO
from accounts.services.registration import forget_old_signups, verify_email
from accounts.tests.factories import PASSWORD, make_member, make_tokens, new_browser, signed_in
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
REGISTER, VERIFY = "/api/v1/auth/register/", "/api/v1/auth/verify-email/"
RESET, CONFIRM = "/api/v1/auth/password/reset/", "/api/v1/auth/password/reset/confirm/"
TOKENS, WHOAMI = "/api/v1/auth/token/", "/api/v1/auth/whoami/"
OTHER = "another battery of staples"


@pytest.fixture
def nobody() -> ApiClient:
    return ApiClient(REMOTE_ADDR=str(IPv6Address(secrets.randbits(128))))


@pytest.fixture
def address() -> str:
    return f"ada{secrets.token_hex(8)}@example.org"


def person(email: str) -> dict[str, object]:
    return {"name": "Ada", "email": email, "password": PASSWORD, "workspace": "Acme"}


def token_in(mail: EmailMessage, path: str = "accounts/verify") -> str:
    found = re.search(rf"http\S+/{path}/(\S+)/", mail.body)
    assert found, mail.body
    return found[1]


def log_in(nobody: ApiClient, email: str, password: str) -> int:
    answer = nobody.send_json(TOKENS, {"username": email, "password": password})
    return int(answer.status_code)


def test_an_account_is_made_when_the_link_is_followed(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    asked = nobody.send_json(REGISTER, person(address.upper()))
    assert (asked.status_code, asked.json()) == (202, {"email": address, "status": "mail_sent"})
    assert not User.objects.exists() and not Tenant.objects.exists()
    assert log_in(nobody, address, PASSWORD) == 401
    made = nobody.send_json(VERIFY, {"token": token_in(mailoutbox[0])})
    assert (made.status_code, made.json()["email"], made.json()["role"]) == (201, address, "owner")
    assert log_in(nobody, address, PASSWORD) == 200
    assert Membership.objects.get().tenant.name == "Acme"
    assert EmailAddress.objects.get().verified
    assert not PendingSignup.objects.exists()
    assert AuditEntry.objects.filter(action="tenant.created").count() == 1


def test_known_and_unknown_addresses_get_the_same_answer(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    known = make_member(email=f"known{address}", password=OTHER)
    for path, given in ((REGISTER, person), (RESET, lambda email: {"email": email})):
        answers = [nobody.send_json(path, given(email)) for email in (known.email, address)]
        bodies = [answer.content.decode().replace("known", "", 1) for answer in answers]
        assert {answer.status_code for answer in answers} == {202}
        assert len(set(bodies)) == 1
        assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert [mail.to[0] for mail in mailoutbox] == [known.email, address] * 2
    assert "has an account" in mailoutbox[0].body
    known.refresh_from_db()
    assert known.check_password(OTHER)


def test_a_link_makes_one_account_and_not_too_late(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    for _ in range(2):
        nobody.send_json(REGISTER, person(address))
    first, second = (token_in(mail) for mail in mailoutbox)
    PendingSignup.objects.filter(digest=registration.digest_of_link(first)).update(
        expires_at=timezone.now()
    )
    for token in (first, "A" * 43, "", "x"):
        assert nobody.send_json(VERIFY, {"token": token}).status_code == 422
    assert nobody.send_json(VERIFY, {"token": second}).status_code == 201
    assert nobody.send_json(VERIFY, {"token": second}).json()["type"] == "invalid_link"
    assert User.objects.count() == Tenant.objects.count() == 1


def test_who_was_first_elsewhere_keeps_the_address(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    nobody.send_json(REGISTER, person(address))
    make_member(email=address, password=OTHER)
    late = nobody.send_json(VERIFY, {"token": token_in(mailoutbox[0])})
    assert late.json()["type"] == "invalid_link"
    assert log_in(nobody, address, PASSWORD) == 401


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_a_link_at_once_one_makes_an_account(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    nobody.send_json(REGISTER, person(address))
    token = token_in(mailoutbox[0])

    def follow(_: int) -> bool:
        try:
            return bool(verify_email(text=token))
        except InvalidLink:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(follow, range(4))) == [False] * 3 + [True]
    assert Tenant.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"password": "short"}, {"password"}),
        ({"password": "password123"}, {"password"}),
        ({"name": " ", "email": "nonsense"}, {"name", "email"}),
        ({"workspace": "x" * 121, "admin": True}, {"workspace", "admin"}),
    ],
)
def test_nonsense_mails_nothing(
    nobody: ApiClient,
    address: str,
    mailoutbox: list[EmailMessage],
    change: dict[str, object],
    fields: set[str],
) -> None:
    answer = nobody.send_json(REGISTER, person(address) | change)
    assert {problem["loc"][1] for problem in answer.json()["detail"]} == fields
    assert not mailoutbox and not PendingSignup.objects.exists()


def test_what_is_kept_opens_nothing(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    nobody.send_json(REGISTER, person(address))
    (row,) = PendingSignup.objects.all()
    assert token_in(mailoutbox[0]) not in repr(vars(row))
    assert PASSWORD not in repr(vars(row))
    assert check_password(PASSWORD, row.password)
    PendingSignup.objects.update(expires_at=timezone.now())
    assert forget_old_signups() == 1
    assert forget_old_signups() == 0


@pytest.mark.parametrize("path", [REGISTER, RESET])
def test_mails_to_an_address_are_counted_in_the_database(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage], path: str
) -> None:
    given = person(address) if path == REGISTER else {"email": address}
    for _ in range(MAILS_TO.most):
        cache.clear()  # as a Valkey that was wiped
        other = ApiClient(REMOTE_ADDR=str(IPv6Address(secrets.randbits(128))))
        assert other.send_json(path, given).status_code == 202
    refused = nobody.send_json(path, given)
    assert (refused.status_code, refused.json()["type"]) == (429, "too_many_attempts")
    assert int(refused["Retry-After"]) > 0
    web = new_browser().post("/accounts/password/reset/", {"email": address})
    assert web.status_code == 429
    assert len(mailoutbox) == MAILS_TO.most


def test_who_asks_for_many_is_counted_too(nobody: ApiClient) -> None:
    statuses = [
        nobody.send_json(RESET, {"email": f"{n}{secrets.token_hex(4)}@example.org"}).status_code
        for n in range(21)
    ]
    assert statuses == [202] * 20 + [429]


@pytest.mark.parametrize("path", [REGISTER, RESET, TOKENS])
def test_another_address_of_the_same_customer_is_no_way_around(path: str) -> None:
    """Who has IPv6 has 2⁶⁴ addresses."""
    network = secrets.randbits(64) << 64
    statuses = []
    for _ in range(21):
        api = ApiClient(REMOTE_ADDR=str(IPv6Address(network | secrets.randbits(64))))
        email = f"{secrets.token_hex(6)}@example.org"
        given = {
            REGISTER: {"name": "A", "email": email, "password": "short"},
            RESET: {"email": email},
            TOKENS: {"username": email, "password": PASSWORD},
        }
        statuses.append(api.send_json(path, given[path]).status_code)
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]


@pytest.mark.parametrize("path", [REGISTER, RESET])
def test_without_a_mail_server_it_is_an_outage_for_everybody(
    nobody: ApiClient, address: str, settings: Settings, path: str
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make_member(email=f"known{address}")
    for email in (address, f"known{address}"):
        answer = nobody.send_json(path, person(email) if path == REGISTER else {"email": email})
        assert (answer.status_code, answer.json()["type"]) == (503, "mail_unavailable")
    assert not PendingSignup.objects.exists()
    assert new_browser().post("/accounts/password/reset/", {"email": address}).status_code == 503


def test_a_forgotten_password_is_set_once_and_ends_everything(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    ada = make_member(email=address, password=OTHER)
    browser, (_, tokens) = signed_in(ada), make_tokens(ada)
    assert nobody.send_json(RESET, {"email": address.upper()}).status_code == 202
    key = token_in(mailoutbox[0], "accounts/password/reset/key")
    weak = nobody.send_json(CONFIRM, {"key": key, "password": "password"})
    assert {problem["loc"][1] for problem in weak.json()["detail"]} == {"password"}
    done = nobody.send_json(CONFIRM, {"key": key, "password": PASSWORD})
    assert (done.status_code, done.content) == (204, b"")
    again = nobody.send_json(CONFIRM, {"key": key, "password": OTHER})
    assert (again.status_code, again.json()["type"]) == (422, "invalid_link")
    assert (log_in(nobody, address, PASSWORD), log_in(nobody, address, OTHER)) == (200, 401)
    assert ApiClient(tokens.access_token).get(WHOAMI).status_code == 401
    assert browser.get("/settings/sessions/").status_code == 302
    assert AuditEntry.objects.filter(action="user.password_reset").count() == 1
    page = new_browser().get(f"/accounts/password/reset/key/{key}/", follow=True)
    assert "no longer works" in page.content.decode()


@pytest.mark.parametrize("key", ["", "x", "-", "0-0", f"{'0' * 32}-abc", "\x00-a", "é" * 40])
def test_a_made_up_key_sets_nothing(nobody: ApiClient, key: str) -> None:
    answer = nobody.send_json(CONFIRM, {"key": key, "password": PASSWORD})
    assert answer.status_code == 422


def test_a_closed_account_resets_nothing(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    ada = make_member(email=address, password=OTHER)
    nobody.send_json(RESET, {"email": address})
    User.objects.filter(pk=ada.pk).update(is_active=False)
    key = token_in(mailoutbox[0], "accounts/password/reset/key")
    refused = nobody.send_json(CONFIRM, {"key": key, "password": PASSWORD})
    assert refused.json()["type"] == "invalid_link"


def test_the_link_leads_to_a_page_that_only_a_click_uses_up(
    nobody: ApiClient, address: str, mailoutbox: list[EmailMessage]
) -> None:
    nobody.send_json(REGISTER, person(address))
    url = f"/accounts/verify/{token_in(mailoutbox[0])}/"
    for _ in range(2):  # a scanner of mails, then its reader
        assert "Confirm your address" in new_browser().get(url).content.decode()
    assert not User.objects.exists()
    made = new_browser().post(url, follow=True)
    assert "Your account is made" in made.content.decode()
    for method in ("get", "post"):
        assert "no longer works" in getattr(new_browser(), method)(url).content.decode()
