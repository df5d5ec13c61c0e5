"""Inviting, joining, roles and leaving; and that inviting tells nobody who has an account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import AuditEntry, Invitation, Membership, Tenant, TokenGrant, User
from accounts.services.attempts import take_attempt
from accounts.services.invitations import accept_as_new
from accounts.services.link_tokens import InvalidLink
from accounts.services.mailing import MAILS_TO
from accounts.services.members import LastOwner, remove_member
from accounts.tests.cast import Person
from accounts.tests.factories import (
    PASSWORD,
    make_api_key,
    make_invitation,
    make_member,
    make_principal,
    make_tokens,
    make_user,
    new_browser,
    signed_in,
)
from config.tests.conformance import ApiClient

pytestmark = pytest.mark.django_db
USERS, MEMBERS = "/api/v1/users/", "/api/v1/organization/members/"
INVITATIONS, ACCEPT = (
    "/api/v1/organization/invitations/",
    "/api/v1/organization/invitations/accept/",
)
ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}


@pytest.fixture
def api(owner: Person) -> ApiClient:
    return ApiClient(make_tokens(owner.user)[1].access_token)


@pytest.fixture
def nobody() -> ApiClient:
    return ApiClient()


def link_in(mail: EmailMessage) -> str:
    return settings.PUBLIC_URL + f"/accounts/join/{token_in(mail)}/"


def token_in(mail: EmailMessage) -> str:
    found = re.search(r"http\S+/accounts/join/([\w-]{43})/", mail.body)
    assert found, mail.body
    return found[1]


def test_a_person_is_invited_told_of_and_joins(
    api: ApiClient, nobody: ApiClient, mailoutbox: list[EmailMessage]
) -> None:
    answer = api.send_json(USERS, {"name": " Ada Lovelace ", "email": "Ada@Example.org"})
    body = answer.json()
    assert (answer.status_code, body["name"], body["email"]) == (201, ADA["name"], ADA["email"])
    assert (body["status"], body["role"]) == ("invited", "member")
    assert api.get(answer["Location"]).json() == body
    assert f"{settings.PUBLIC_URL}/accounts/join/" in mailoutbox[0].body
    joined = nobody.send_json(ACCEPT, {"token": token_in(mailoutbox[0]), "password": PASSWORD})
    assert (joined.status_code, joined.json()["id"]) == (201, body["id"])
    assert (joined.json()["status"], joined.json()["name"]) == ("active", "Ada Lovelace")
    assert api.get(answer["Location"]).json() == joined.json()
    tokens = nobody.send_json(
        "/api/v1/auth/token/", {"username": "ADA@example.org", "password": PASSWORD}
    ).json()
    me = ApiClient(tokens["access_token"])
    assert me.get(f"{USERS}me/").json() == joined.json()
    renamed = me.patch(
        f"{USERS}me/", json.dumps({"name": "Ada King"}), content_type="application/json"
    )
    assert renamed.json()["name"] == "Ada King"
    assert EmailAddress.objects.get(email=ADA["email"]).verified


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"name", "email"}),
        ({"name": " ", "email": "nonsense"}, {"name", "email"}),
        ({"name": "x" * 121, "email": "a@b", "role": "king"}, {"name", "email", "role"}),
        ({"name": 5, "email": None, "admin": True}, {"name", "email", "admin"}),
    ],
)
def test_every_bad_field_is_named(
    api: ApiClient, given: dict[str, object], fields: set[str]
) -> None:
    answer = api.send_json(USERS, given)
    assert answer.status_code == 422
    assert {problem["loc"][1] for problem in answer.json()["detail"]} == fields
    assert not Invitation.objects.exists()


def test_one_address_is_invited_once(api: ApiClient, owner: Person, member: Person) -> None:
    assert api.send_json(USERS, ADA).status_code == 201
    for email in (ADA["email"].upper(), member.user.email):
        again = api.send_json(USERS, ADA | {"email": email})
        assert (again.status_code, again.json()["type"]) == (409, "already_member")
    Invitation.objects.update(expires_at=timezone.now())
    assert api.send_json(USERS, ADA).status_code == 201
    assert Invitation.objects.open().count() == 1


def test_who_has_an_account_elsewhere_is_answered_alike(
    api: ApiClient, stranger: Person, mailoutbox: list[EmailMessage]
) -> None:
    known = api.send_json(USERS, {"name": "Somebody", "email": stranger.user.email})
    unknown = api.send_json(USERS, {"name": "Somebody", "email": "new@stranger.example"})
    for answer in (known, unknown):
        told = api.get(answer["Location"])
        assert (answer.status_code, told.status_code) == (201, 200)
        assert told.json()["name"] == "Somebody"
        assert str(stranger.user.pk) not in told.content.decode()
    assert known.json().keys() == unknown.json().keys()
    bodies = {re.sub(r"[\w-]{43}", "…", mail.body) for mail in mailoutbox}
    assert len(bodies) == 1
    assert api.get(f"{USERS}{stranger.user.pk}/").status_code == 404


def test_an_account_joins_with_its_own_password_only(
    api: ApiClient, nobody: ApiClient, mailoutbox: list[EmailMessage], owner: Person
) -> None:
    ada = make_user(ADA["email"], password=PASSWORD)
    asked = api.send_json(USERS, ADA).json()
    token = token_in(mailoutbox[0])
    wrong = nobody.send_json(ACCEPT, {"token": token, "password": "another long one"})
    assert (wrong.status_code, wrong.json()["type"]) == (401, "invalid_login")
    joined = nobody.send_json(ACCEPT, {"token": token, "password": PASSWORD})
    assert (joined.status_code, joined.json()["id"]) == (201, str(ada.pk))
    assert api.get(f"{USERS}{asked['id']}/").json() == joined.json()
    ada.refresh_from_db()
    assert ada.name == ""  # the invitation's name is its writer's word


def test_a_link_works_once_and_not_too_late(nobody: ApiClient, owner: Person) -> None:
    _, used = make_invitation(owner.tenant)
    _, late = make_invitation(owner.tenant, expires_at=timezone.now())
    _, gone = make_invitation(owner.tenant, revoked_at=timezone.now())
    given = {"password": PASSWORD, "name": "Ada"}
    assert nobody.send_json(ACCEPT, given | {"token": used}).status_code == 201
    for token in (used, late, gone, "A" * 43, "nonsense"):
        answer = nobody.send_json(ACCEPT, given | {"token": token})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid_link")
    assert Membership.objects.filter(tenant=owner.tenant).count() == 2


def test_a_weak_password_uses_nothing_up(nobody: ApiClient, owner: Person) -> None:
    _, token = make_invitation(owner.tenant)
    weak = nobody.send_json(ACCEPT, {"token": token, "password": "password"})
    assert {problem["loc"][1] for problem in weak.json()["detail"]} == {"password"}
    assert nobody.send_json(ACCEPT, {"token": token, "password": PASSWORD}).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_a_link_at_once_one_joins(owner: Person) -> None:
    _, token = make_invitation(owner.tenant)

    def follow() -> bool:
        try:
            return bool(accept_as_new(text=token, name="Ada", password=PASSWORD))
        except Exception as error:
            assert isinstance(error, InvalidLink), error
            return False

    assert sorted(in_threads(follow, 4)) == [False] * 3 + [True]
    assert User.objects.filter(memberships__tenant=owner.tenant).count() == 2


def in_threads(work: Callable[[], bool], count: int) -> list[bool]:
    def run(_: int) -> bool:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(owner: Person) -> None:
    second = make_member("owner", tenant=owner.tenant)
    leavers = [owner.principal, make_principal(tenant=owner.tenant, user=second)]

    def leave() -> bool:
        principal = leavers.pop()
        try:
            remove_member(principal=principal, user_id=principal.user_id)  # type: ignore[arg-type]
        except LastOwner:
            return False
        return True

    assert sorted(in_threads(leave, 2)) == [False, True]
    assert Membership.objects.filter(tenant=owner.tenant, role="owner").count() == 1


def test_too_many_mails_to_one_address_are_refused(api: ApiClient) -> None:
    for _ in range(MAILS_TO.most):
        take_attempt(allowance=MAILS_TO, subject=ADA["email"])
    answer = api.send_json(USERS, ADA)
    assert (answer.status_code, answer.json()["type"]) == (429, "too_many_attempts")
    assert int(answer["Retry-After"]) > 0
    assert not Invitation.objects.exists()


def test_without_a_mail_server_nothing_is_done(api: ApiClient, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = api.send_json(USERS, ADA)
    assert (answer.status_code, answer.json()["type"]) == (503, "mail_unavailable")
    assert not Invitation.objects.exists()


def test_roles_are_given_by_who_has_them(owner: Person, member: Person, stranger: Person) -> None:
    admin = make_member("admin", tenant=owner.tenant)
    as_admin = ApiClient(make_tokens(admin)[1].access_token)
    as_owner = ApiClient(make_tokens(owner.user)[1].access_token)
    as_member = ApiClient(make_tokens(member.user)[1].access_token)
    as_key = ApiClient(make_api_key(owner.tenant, scopes=["members:write", "documents:read"])[1])

    def put(api: ApiClient, user: User, role: str) -> tuple[int, str]:
        body = json.dumps({"role": role})
        answer = api.patch(f"{MEMBERS}{user.pk}/", body, content_type="application/json")
        return answer.status_code, answer.json().get("type", "")

    assert put(as_admin, member.user, "viewer") == (200, "")
    assert put(as_admin, member.user, "owner") == (403, "role_not_held")
    assert put(as_admin, owner.user, "viewer") == (403, "role_not_held")
    assert put(as_member, member.user, "admin") == (403, "insufficient_scope")
    assert put(as_key, member.user, "admin") == (403, "role_not_held")
    assert put(as_owner, stranger.user, "viewer") == (404, "not_found")
    assert put(as_owner, owner.user, "member") == (409, "last_owner")
    assert put(as_owner, admin, "owner") == (200, "")
    assert put(as_owner, owner.user, "member") == (200, "")
    refused = as_admin.send_json(USERS, ADA | {"role": "owner"})
    assert refused.status_code == 201  # is an owner by now
    assert as_key.send_json(INVITATIONS, {"email": "b@example.org"}).status_code == 403


def test_no_message_of_a_stranger_goes_out_as_our_mail(
    owner: Person, api: ApiClient, mailoutbox: list[EmailMessage]
) -> None:
    """Whoever signs up names a workspace, and has it mailed to whom they like."""
    name = "Acme\n\nPay at https://evil.example/pay or www.evil.example"
    Tenant.objects.filter(pk=owner.tenant.pk).update(name=name)
    assert api.send_json(INVITATIONS, {"email": "b@example.org"}).status_code == 201
    (mail,) = mailoutbox
    words = mail.subject + mail.body
    assert "Acme Pay at https evil" in words
    assert "evil.example" not in words and "://evil" not in words
    assert re.findall(r"https?://\S+", mail.body) == [link_in(mail)]


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_a_test_key_makes_nobody_who_works_live(
    owner: Person, member: Person, viewer: Person, role: str
) -> None:
    """Else it would have a person make the live keys that it cannot make itself."""
    api = ApiClient(make_api_key(owner.tenant, environment="test")[1])
    answers = [
        api.send_json(USERS, ADA | {"role": role}),
        api.send_json(INVITATIONS, {"email": "b@example.org", "role": role}),
        api.patch(f"{MEMBERS}{member.user.pk}/", {"role": role}, content_type="application/json"),
        api.delete(f"{MEMBERS}{viewer.user.pk}/"),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {
        (403, "role_not_held")
    }


def test_who_is_removed_is_out_at_once(api: ApiClient, member: Person) -> None:
    grant, tokens = make_tokens(member.user)
    assert member.client.get("/dashboard/").status_code == 200
    assert api.delete(f"{MEMBERS}{member.user.pk}/").status_code == 204
    assert api.delete(f"{MEMBERS}{member.user.pk}/").status_code == 404
    assert ApiClient(tokens.access_token).get("/api/v1/auth/whoami/").status_code == 401
    assert member.client.get("/dashboard/").status_code == 403
    assert not TokenGrant.objects.filter(pk=grant.pk).exists()
    assert AuditEntry.objects.filter(action="membership.ended").count() == 1
    assert User.objects.filter(pk=member.user.pk).exists()


def test_settings_are_changed_and_written_down(api: ApiClient, owner: Person) -> None:
    path = "/api/v1/organization/"
    given = json.dumps({"name": " Acme & Sons ", "retention_days": 7})
    assert api.patch(path, given, content_type="application/json").status_code == 200
    body = api.get(path).json()
    assert (body["name"], body["retention_days"]) == ("Acme & Sons", 7)
    bad = json.dumps({"name": "", "retention_days": 0, "slug": "x"})
    refused = api.patch(path, bad, content_type="application/json")
    assert {problem["loc"][1] for problem in refused.json()["detail"]} == {
        *("name", "retention_days", "slug")
    }
    assert AuditEntry.objects.get(action="tenant.changed").details["retention_days"] == 7


def test_invitations_are_listed_and_taken_back(api: ApiClient, stranger: Person) -> None:
    made = api.send_json(INVITATIONS, {"email": "ada@example.org", "role": "viewer"}).json()
    assert api.get(INVITATIONS).json()["results"] == [made]
    address = f"{INVITATIONS}{made['id']}/"
    for _ in range(2):
        assert api.delete(address).status_code == 204
    assert api.get(INVITATIONS).json()["results"][0]["revoked_at"]
    assert api.get(f"{USERS}{made['user_id']}/").status_code == 404


def test_queries_do_not_grow_with_the_team(
    api: ApiClient, owner: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        with django_assert_num_queries(2):
            assert api.get(MEMBERS).status_code == 200
        with django_assert_num_queries(2):
            assert api.get(INVITATIONS).status_code == 200
        for _ in range(5):
            make_member(tenant=owner.tenant)
            make_invitation(owner.tenant)


def test_keys_are_nobody(owner: Person) -> None:
    key = ApiClient(make_api_key(owner.tenant)[1])
    assert key.get(f"{USERS}me/").status_code == 404


class TestPages:
    def test_the_team_is_shown_and_invited_to(
        self, owner: Person, member: Person, mailoutbox: list[EmailMessage]
    ) -> None:
        sent = owner.client.post("/settings/team/", {"email": "A@b.example", "role": "viewer"})
        assert sent.status_code == 302
        page = owner.client.get("/settings/team/").content.decode()
        assert "a@b.example" in page and member.user.email in page
        assert mailoutbox[0].to == ["a@b.example"]
        again = owner.client.post("/settings/team/", {"email": "a@b.example", "role": "viewer"})
        assert "invited already" in again.content.decode()
        assert member.client.get("/settings/team/").status_code == 403
        invitation = Invitation.objects.get()
        owner.client.post(f"/settings/team/invitations/{invitation.pk}/revoke/")
        assert not Invitation.objects.open().exists()
        owner.client.post(f"/settings/team/{member.user.pk}/role/", {"role": "viewer"})
        assert Membership.objects.get(user=member.user).role == "viewer"
        assert owner.client.post(f"/settings/team/{owner.user.pk}/remove/").status_code == 409
        assert member.client.post(f"/settings/team/{owner.user.pk}/remove/").status_code == 403
        assert member.client.post(f"/settings/team/{member.user.pk}/remove/").status_code == 302
        assert not Membership.objects.filter(user=member.user).exists()

    def test_somebody_new_joins(self, owner: Person, caplog: pytest.LogCaptureFixture) -> None:
        invitation, token = make_invitation(owner.tenant)
        browser, url = new_browser(), f"/accounts/join/{token}/"
        with caplog.at_level("INFO", "http"):
            assert "Choose a password" in browser.get(url).content.decode()
        assert token not in caplog.text
        weak = browser.post(url, {"name": "Ada", "password": "password"})
        assert weak.context["form"].errors
        joined = browser.post(url, {"name": "Ada", "password": PASSWORD}, follow=True)
        assert "Welcome to Acme" in joined.content.decode()
        assert User.objects.get(email=invitation.email).pk == invitation.person_id
        assert "no longer works" in new_browser().get(url).content.decode()

    def test_an_account_joins_when_it_is_signed_in(self, owner: Person, stranger: Person) -> None:
        _, token = make_invitation(owner.tenant, stranger.user.email)
        url = f"/accounts/join/{token}/"
        page = new_browser().get(url).content.decode()
        assert "Log in with it to join" in page
        new_browser().post(url, {"name": "Eve", "password": PASSWORD})
        other = signed_in(make_member("owner"))
        assert "you are signed in as" in other.get(url).content.decode()
        assert other.post(url).status_code == 403
        assert Membership.objects.filter(tenant=owner.tenant).count() == 1
        assert isinstance(stranger.client, Client)
        assert stranger.client.post(url, follow=True).status_code == 200
        assert Membership.objects.filter(tenant=owner.tenant, user=stranger.user).exists()

    def test_links_expire(self, owner: Person) -> None:
        made, _ = make_invitation(owner.tenant)
        assert timedelta(days=6) < made.expires_at - timezone.now() <= timedelta(days=7)
