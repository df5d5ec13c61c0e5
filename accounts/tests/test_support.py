"""Support sessions: who gets in, what they see and may not, and that they get out in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client

from accounts.models import AuditEntry, SupportSession, Tenant, User
from accounts.principal import SUPPORT_SESSION_KEY, SupportSessionOver, resolve_session
from accounts.services.support import (
    TenantStopped,
    begin_support,
    digest_of,
    end_due_support,
    end_support,
)
from accounts.services.tenants import suspend_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_support_session, make_tenant, make_user, signed_in
from config.errors import Forbidden, Invalid

pytestmark = pytest.mark.django_db
COOKIE = settings.SESSION_COOKIE_NAME


def make_supporter(*permissions: str, **fields: Any) -> User:
    person = make_user(is_staff=True, **fields)
    named = ("view_tenant", "enter_tenant", *permissions)
    person.user_permissions.set(Permission.objects.filter(codename__in=named))
    return person


@pytest.fixture
def supporter() -> User:
    return make_supporter()


def enter(client: Client, tenant: Tenant, **more: Any) -> Any:
    given = {"reason": "Ticket 4711: a job hangs", "minutes": "15", **more}
    return client.post(f"/admin/support/{tenant.pk}/", given)


@pytest.fixture
def inside(supporter: User, owner: Person) -> Client:
    client = signed_in(supporter)
    assert enter(client, owner.tenant)["Location"] == "/dashboard/"
    return client


def actions(tenant: Tenant) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(tenant=tenant, action__startswith="support.")
    return [(each.action, each.actor) for each in entries.order_by("seq")]


def over(answer: Any) -> bool:
    return answer.status_code == 403 and "has ended" in answer.content.decode()


def test_staff_see_the_tenants_pages_under_a_banner(inside: Client, owner: Person) -> None:
    for address in ("/dashboard/", "/documents/", "/jobs/", "/usage/", "/settings/team/"):
        answer = inside.get(address)
        html = answer.content.decode()
        assert answer.status_code == 200, address
        assert "Support session" in html and "in Acme until" in html, address
        assert 'action="/admin/support/end/"' in html and "Ticket 4711" in html
    assert (
        "Support session"
        in inside.get("/documents/00000000-0000-0000-0000-000000000000/").content.decode()
    )
    assert "owner@acme.example" in inside.get("/settings/team/").content.decode()


def test_every_step_is_in_the_tenants_log_with_both_identities(
    inside: Client, supporter: User, owner: Person
) -> None:
    inside.get("/jobs/")
    inside.post("/admin/support/end/")
    who = f"staff:{supporter.pk}"
    assert actions(owner.tenant) == [
        ("support.began", who),
        ("support.looked", who),
        ("support.ended", who),
    ]
    began, looked, _ = AuditEntry.objects.filter(action__startswith="support.").order_by("seq")
    assert began.details["reason"] == "Ticket 4711: a job hangs"
    assert looked.details["page"] == "GET /jobs/"
    session = SupportSession.objects.get()
    for entry in (began, looked):
        assert entry.details["on_behalf_of"] == f"tenant:{owner.tenant.pk}"
        assert entry.details["support_session"] == str(session.pk)
    html = owner.client.get("/settings/audit-log/").content.decode()
    assert "Support entered the workspace" in html and "Ticket 4711" in html


def test_looking_changes_nothing(inside: Client, owner: Person) -> None:
    for address in ("/presets/new/", "/settings/team/", "/billing/cap/", "/documents/upload/"):
        assert inside.post(address, {"name": "x", "email": "x@y.example"}).status_code == 403
    assert "only look" in inside.post("/presets/new/", {"name": "x"}).content.decode()


def test_who_may_act_must_ask_for_it(owner: Person) -> None:
    client = signed_in(make_supporter("act_in_tenant"))
    enter(client, owner.tenant, may_change="on")
    assert "You may change things" in client.get("/presets/").content.decode()
    assert client.post("/presets/new/", {"name": "x"}).status_code in (200, 422)
    # Never people, money or settings.
    assert client.post("/settings/team/", {"email": "x@y.example"}).status_code == 403
    assert client.post("/billing/cap/", {"cap": "1"}).status_code == 403


def test_a_form_without_the_box_cannot_be_sent_with_it(inside: Client, owner: Person) -> None:
    assert not SupportSession.objects.get().may_change
    staff = make_supporter()
    enter(signed_in(staff), owner.tenant, may_change="on")
    assert not SupportSession.objects.get(staff=staff).may_change
    with pytest.raises(Forbidden):
        begin_support(
            actor=staff,
            tenant=owner.tenant,
            session_key="k",
            reason="x",
            minutes=5,
            may_change=True,
        )


@pytest.mark.parametrize(
    "address",
    [
        "/settings/api-keys/",
        "/settings/webhooks/",
        "/settings/sessions/",
        "/accounts/password/change/",
        "/accounts/two-factor/",
        "/settings/audit-log/export/",
    ],
)
def test_secrets_and_personal_pages_are_closed(inside: Client, address: str) -> None:
    for method in (inside.get, inside.post):
        assert method(address).status_code == 403


def test_neither_api_nor_tickets_take_it(inside: Client, owner: Person) -> None:
    for answer in (
        inside.get("/api/v1/jobs/"),
        inside.get("/api/v1/auth/whoami/"),
        inside.post("/api/v1/ws-tickets/"),
        inside.post("/api/v1/api-keys/", {"name": "x"}, "application/json"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (403, "support_session_refused")
    # Sockets, streams and uploads ask so, in a cookie's name.
    session = inside.session
    with pytest.raises(Forbidden):
        resolve_session(session)


def test_it_ends_on_time(inside: Client, owner: Person) -> None:
    assert inside.get("/jobs/").status_code == 200
    SupportSession.objects.update(
        began_at=F("began_at") - timedelta(hours=1), ends_at=F("ends_at") - timedelta(minutes=15)
    )
    assert over(inside.get("/jobs/"))
    # From here on they are who they are, of no workspace.
    assert "do not belong" in inside.get("/jobs/").content.decode()
    assert end_due_support() == 1
    assert end_due_support() == 0
    assert actions(owner.tenant)[-1] == ("support.ended", "system")
    assert SupportSession.objects.get().ending == "time"


def test_it_ends_in_the_middle_of_a_request(inside: Client, owner: Person) -> None:
    _, principal = resolve_session(inside.session, is_page=True)
    principal.require("jobs:read")
    late = replace(principal, support=replace(principal.support, until=0.0))
    with pytest.raises(SupportSessionOver):
        late.require("jobs:read")


def test_an_hour_is_the_most(supporter: User, owner: Person) -> None:
    client = signed_in(supporter)
    for minutes in ("61", "0", "-5", "600", "x"):
        assert enter(client, owner.tenant, minutes=minutes).status_code == 200
    for minutes in (0, 61):
        with pytest.raises(Invalid):
            begin_support(
                actor=supporter, tenant=owner.tenant, session_key="k", reason="x", minutes=minutes
            )
    with pytest.raises(IntegrityError), transaction.atomic():
        SupportSession.objects.create(
            tenant=owner.tenant,
            staff=supporter,
            reason="x",
            browser="0",
            ends_at="2999-01-01T00:00Z",
        )
    assert enter(client, owner.tenant, reason="  ").status_code == 200
    assert not SupportSession.objects.exists()


def test_superusers_need_the_permission_like_everybody(owner: Person) -> None:
    boss = make_user(is_staff=True, is_superuser=True)
    client = signed_in(boss)
    assert client.get(f"/admin/support/{owner.tenant.pk}/").status_code == 403
    assert enter(client, owner.tenant).status_code == 403
    with pytest.raises(Forbidden):
        begin_support(actor=boss, tenant=owner.tenant, session_key="k", reason="x", minutes=5)
    # Not by a row that somebody has slipped in, either.
    row = make_support_session(
        owner.tenant, staff=boss, browser=digest_of(client.session.session_key)
    )
    session = client.session
    session[SUPPORT_SESSION_KEY] = str(row.pk)
    session.save()
    assert over(client.get("/jobs/"))


def test_nobody_else_gets_in(owner: Person, stranger: Person) -> None:
    for client in (signed_in(make_user(is_staff=True)), stranger.client, Client()):
        answer = enter(client, owner.tenant)
        assert answer.status_code in (302, 403)
        assert answer.get("Location", "/accounts/login/").startswith(
            ("/accounts/login/", "/admin/login/")
        )
    no_staff = make_user()
    no_staff.user_permissions.set(Permission.objects.filter(codename="enter_tenant"))
    with pytest.raises(Forbidden):
        begin_support(actor=no_staff, tenant=owner.tenant, session_key="k", reason="x", minutes=5)
    assert not SupportSession.objects.exists()


def test_what_is_taken_from_staff_counts_at_once(
    inside: Client, supporter: User, owner: Person
) -> None:
    supporter.user_permissions.clear()
    assert over(inside.get("/jobs/"))
    # Leaving works all the same.
    assert inside.post("/admin/support/end/").status_code == 302


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_who_is_no_staff_any_more_is_out(
    inside: Client, supporter: User, change: dict[str, bool]
) -> None:
    User.objects.filter(pk=supporter.pk).update(**change)
    answer = inside.get("/jobs/")
    assert answer.status_code in (302, 403)
    assert "Acme" not in answer.content.decode()


def test_a_suspended_tenant_is_closed_to_staff_too(
    inside: Client, supporter: User, owner: Person
) -> None:
    suspend_tenant(actor=supporter, tenant=owner.tenant, reason="Unpaid")
    assert over(inside.get("/jobs/"))
    inside.post("/admin/support/end/")
    assert "suspended" in enter(inside, owner.tenant).content.decode()
    with pytest.raises(TenantStopped):
        begin_support(actor=supporter, tenant=owner.tenant, session_key="k", reason="x", minutes=5)


def test_one_session_does_not_open_within_another(inside: Client, owner: Person) -> None:
    other = make_tenant("Other")
    answer = enter(inside, other)
    assert answer.status_code == 200 and "End it first" in answer.content.decode()
    assert "in Acme until" in inside.get("/jobs/").content.decode()
    assert SupportSession.objects.count() == 1


def test_another_browser_takes_over_and_the_first_is_out(
    inside: Client, supporter: User, owner: Person
) -> None:
    second = signed_in(supporter)
    enter(second, owner.tenant)
    assert second.get("/jobs/").status_code == 200
    assert over(inside.get("/jobs/"))
    assert set(SupportSession.objects.values_list("ending", flat=True)) == {"replaced", ""}


def test_a_fixed_or_stolen_sign_in_has_no_part_in_it(supporter: User, owner: Person) -> None:
    client, thief = signed_in(supporter), Client()
    thief.cookies[COOKIE] = client.cookies[COOKIE].value
    before = client.session.session_key
    enter(client, owner.tenant)
    assert client.session.session_key != before
    assert client.get("/jobs/").status_code == 200
    assert thief.get("/jobs/").status_code == 302
    inner = client.session.session_key
    client.post("/admin/support/end/")
    assert client.session.session_key != inner
    thief.cookies[COOKIE] = inner
    assert thief.get("/jobs/").status_code == 302


def test_a_forged_cookie_or_number_opens_nothing(
    inside: Client, supporter: User, owner: Person
) -> None:
    row = SupportSession.objects.get()
    for forger in (signed_in(supporter), signed_in(make_supporter())):
        session = forger.session
        session[SUPPORT_SESSION_KEY] = str(row.pk)
        session.save()
        assert over(forger.get("/jobs/"))
    for value in ("0" * 32, "x" * 500):
        nobody = Client()
        nobody.cookies[COOKIE] = value
        assert nobody.get("/jobs/").status_code == 302


def test_staff_are_put_out_by_others(inside: Client, staff: Client, owner: Person) -> None:
    row = SupportSession.objects.get()
    data = {"action": "stop", "_selected_action": [str(row.pk)]}
    assert (
        "1 ended"
        in staff.post("/admin/accounts/supportsession/", data, follow=True).content.decode()
    )
    assert over(inside.get("/jobs/"))
    assert not end_support(actor=row.staff, session_id=row.pk)
    html = staff.get("/admin/accounts/supportsession/").content.decode()
    assert row.browser not in html
