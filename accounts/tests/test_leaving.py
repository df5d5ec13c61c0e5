"""Deleting one's account: gone everywhere, what was made stays, no workspace is left unowned."""

from __future__ import annotations

import secrets
from threading import Barrier, Thread

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.db import connection

from accounts.models import APIKey, AuditEntry, Membership, Notification, TokenGrant, User
from accounts.services.key_changes import create_api_key
from accounts.tests.cast import Person
from accounts.tests.factories import (
    PASSWORD,
    make_member,
    make_notification,
    make_tenant,
    make_tokens,
    new_browser,
)
from config.database.reach import all_tenants

URL = "/settings/profile/delete/"


def member_of(tenant: object, role: str = "member", **fields: object) -> Person:
    email = f"grace{secrets.token_hex(8)}@example.org"
    return Person(
        make_member(role, tenant=tenant, email=email, password=PASSWORD, **fields), tenant
    )


def leave(person: Person, **changes: str) -> object:
    form = {"email": person.user.email, "password": PASSWORD, **changes}
    return person.client.post(URL, form)


@pytest.mark.django_db
class TestLeaving:
    def test_everything_of_the_person_goes(
        self, owner: Person, mailoutbox: list[EmailMessage]
    ) -> None:
        grace = member_of(owner.tenant, "admin")
        second = make_tenant("Second")
        Membership.objects.create(user=grace.user, tenant=second, role="viewer")
        EmailAddress.objects.create(user=grace.user, email=grace.user.email, primary=True)
        make_tokens(grace.user, tenant=owner.tenant)
        make_notification(grace.user)
        key, _ = create_api_key(
            principal=grace.principal, name="CI", environment="live", scopes=["jobs:read"]
        )
        browser = new_browser()
        browser.post("/accounts/login/", {"login": grace.user.email, "password": PASSWORD})
        pk = grace.user.pk
        assert leave(grace)["Location"] == "/accounts/login/"
        for rows in (User.objects.filter(pk=pk), Membership.objects.filter(user=pk)):
            assert not rows.exists()
        assert not EmailAddress.objects.filter(user=pk).exists()
        assert not TokenGrant.objects.exists() and not Notification.objects.exists()
        for client in (grace.client, browser):
            assert client.get("/dashboard/")["Location"].startswith("/accounts/login/")
        key = APIKey.objects.get(pk=key.pk)
        assert key.created_by_id is None and key.revoked_at is None, "keys are the workspace's"
        told = AuditEntry.objects.filter(action="user.deleted")
        assert {each.tenant_id for each in told} == {owner.tenant.pk, second.pk}
        assert "Deleted their account" in owner.client.get("/settings/audit-log/").content.decode()
        assert mailoutbox[-1].to == [grace.user.email]

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"password": "not mine"}, "This is not your password."),
            ({"email": "other@example.org"}, "This is not your address."),
            ({"email": ""}, "This field is required."),
        ],
    )
    def test_it_needs_address_and_password(
        self, owner: Person, changes: dict[str, str], why: str
    ) -> None:
        grace = member_of(owner.tenant)
        assert why in leave(grace, **changes).content.decode()
        assert User.objects.filter(pk=grace.user.pk).exists()

    def test_looking_deletes_nothing(self, owner: Person) -> None:
        assert member_of(owner.tenant).client.get(URL).status_code == 405

    def test_who_alone_owns_a_workspace_stays(self, member: Person) -> None:
        ada = member_of(member.tenant, "owner")
        closed = make_member("owner", tenant=member.tenant, is_active=False)
        assert (
            f"<strong>{member.tenant.name}</strong>"
            in ada.client.get("/settings/profile/").content.decode()
        )
        leave(ada)
        assert User.objects.filter(pk=ada.user.pk).exists()
        User.objects.filter(pk=closed.pk).update(is_active=True)
        leave(ada)
        assert not User.objects.filter(pk=ada.user.pk).exists()

    def test_staff_stay(self, owner: Person) -> None:
        grace = member_of(owner.tenant, is_staff=True)
        assert "closed by a superuser" in leave(grace).content.decode()
        assert User.objects.filter(pk=grace.user.pk).exists()

    def test_who_belongs_nowhere_may_go(self) -> None:
        grace = member_of(make_tenant())
        Membership.objects.all().delete()
        assert leave(grace)["Location"] == "/accounts/login/"
        assert AuditEntry.objects.get(action="user.deleted").tenant_id is None

    def test_a_second_click_finds_nobody(self, owner: Person) -> None:
        grace = member_of(owner.tenant)
        leave(grace)
        assert leave(grace)["Location"].startswith("/accounts/login/")


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_go_at_once_one_stays() -> None:
    tenant = make_tenant()
    owners = [member_of(tenant, "owner") for _ in range(2)]
    start, answers = Barrier(2), []
    for owner in owners:
        owner.client.get("/settings/profile/")

    def go(owner: Person) -> None:
        start.wait()
        try:
            answers.append(leave(owner).status_code)
        finally:
            connection.close()

    threads = [Thread(target=go, args=[each]) for each in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with all_tenants():
        assert Membership.objects.filter(tenant=tenant).count() == 1
    assert sorted(answers) == [200, 302]
