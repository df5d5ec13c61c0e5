"""What goes into the audit log: each act is there, by whom, once."""

from __future__ import annotations

import secrets

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client

from accounts.admin.audited import Audited
from accounts.models import AuditEntry, Membership, Tenant, User
from accounts.services.key_changes import create_api_key, revoke_api_key, revoke_api_key_as_staff
from accounts.services.signup import sign_up
from accounts.services.tenants import resume_tenant, suspend_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import (
    PASSWORD,
    make_member,
    make_tenant,
    make_user,
    new_browser,
    signed_in,
)
from accounts.tests.test_two_factor import INDEX, code_of, second_step, set_up

pytestmark = pytest.mark.django_db


def entries(tenant: Tenant | None) -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.filter(tenant=tenant).order_by("seq")
    return list(rows.values_list("action", "actor", "subject"))


def told_of(user: User) -> list[str]:
    """What the log of the one tenant of ``user`` says of them."""
    rows = AuditEntry.objects.filter(tenant=user.memberships.get().tenant_id)
    return list(
        rows.filter(subject=f"user:{user.pk}").order_by("seq").values_list("action", flat=True)
    )


@pytest.fixture
def ada() -> User:
    return make_member("owner", email=f"ada{secrets.token_hex(8)}@example.org", password=PASSWORD)


def test_keys(owner: Person, staff: Client) -> None:
    given = {"name": "CI", "environment": "live", "scopes": ["jobs:read"]}
    key, text = create_api_key(principal=owner.principal, **given)
    revoke_api_key(principal=owner.principal, api_key_id=key.pk)
    revoke_api_key(principal=owner.principal, api_key_id=key.pk)
    other, _ = create_api_key(principal=owner.principal, **given)
    actor = User.objects.get(is_staff=True)
    revoke_api_key_as_staff(actor=actor, key=other)
    me = f"user:{owner.user.pk}"
    assert entries(owner.tenant) == [
        ("api_key.created", me, f"api_key:{key.pk}"),
        ("api_key.revoked", me, f"api_key:{key.pk}"),
        ("api_key.created", me, f"api_key:{other.pk}"),
        ("api_key.revoked", f"staff:{actor.pk}", f"api_key:{other.pk}"),
    ]
    kept = str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert "CI" in kept and text[20:40] not in kept


def test_signing_up_and_in(browser: Client) -> None:
    email = f"ada{secrets.token_hex(8)}@example.org"
    membership = sign_up(email=email, password=PASSWORD, workspace="Ada's")
    me = f"user:{membership.user_id}"
    browser.post("/accounts/login/", {"login": email, "password": "wrong"})
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert entries(membership.tenant) == [
        ("tenant.created", me, f"tenant:{membership.tenant_id}"),
        ("membership.created", me, me),
        ("user.sign_in_failed", "nobody", me),
        ("user.signed_in", me, me),
    ]
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert entry.address == browser.defaults["REMOTE_ADDR"]


def test_signing_in_is_told_to_all_tenants_of_a_person(browser: Client) -> None:
    email = f"ada{secrets.token_hex(8)}@example.org"
    user = make_member(email=email, password=PASSWORD)
    Membership.objects.create(user=user, tenant=make_tenant())
    nobodys = make_user(f"s{email}", password=PASSWORD, is_staff=True)
    for name in (email, f"s{email}"):
        browser.post("/accounts/login/", {"login": name, "password": PASSWORD})
        browser.post("/accounts/logout/")
    signed = AuditEntry.objects.filter(action="user.signed_in")
    places = set(user.memberships.values_list("tenant_id", flat=True))
    assert set(signed.filter(actor=f"user:{user.pk}").values_list("tenant_id", flat=True)) == (
        places
    )
    assert signed.get(actor=f"staff:{nobodys.pk}").tenant_id is None


def test_stopping_and_resuming_a_tenant(tenant: Tenant) -> None:
    actor = make_user(is_staff=True)
    for act in (suspend_tenant, suspend_tenant, resume_tenant, resume_tenant):
        act(actor=actor, tenant=tenant, reason="Unpaid")
    subject = f"tenant:{tenant.pk}"
    assert entries(tenant) == [
        ("tenant.suspended", f"staff:{actor.pk}", subject),
        ("tenant.resumed", f"staff:{actor.pk}", subject),
    ]


def test_what_staff_do_by_hand(tenant: Tenant) -> None:
    actor = make_user(is_staff=True, is_superuser=True)
    staff, member = signed_in(actor), make_user()
    page = "/admin/accounts/membership/"
    form = {"user": member.pk, "tenant": tenant.pk, "role": "viewer"}
    assert staff.post(f"{page}add/", form).status_code == 302
    place = Membership.objects.get(user=member)
    assert staff.post(f"{page}{place.pk}/change/", {"role": "admin"}).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [place.pk], "post": "yes"}
    assert staff.post(page, chosen).status_code == 302
    assert not Membership.objects.filter(user=member).exists()
    assert entries(tenant) == [
        (f"admin.{act}", f"staff:{actor.pk}", f"membership:{place.pk}")
        for act in ("added", "changed", "deleted")
    ]
    roles = AuditEntry.objects.filter(tenant=tenant).order_by("seq")
    assert [entry.details["role"] for entry in roles] == ["viewer", "admin", "admin"]


def test_staff_read_it_and_nothing_more(staff: Client, owner: Person) -> None:
    create_api_key(principal=owner.principal, name="x", environment="live", scopes=["jobs:read"])
    entry = AuditEntry.objects.latest("created_at")
    page = "/admin/accounts/auditentry/"
    assert b"api_key.created" in staff.get(page, {"q": entry.subject}).content
    assert bytes(entry.hash).hex() in staff.get(f"{page}{entry.pk}/change/").content.decode()
    assert staff.post(f"{page}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.post(f"{page}{entry.pk}/change/", {"action": "x.y"}).status_code == 403


def test_a_wrong_password_for_nobody_takes_as_much_and_keeps_no_address(browser: Client) -> None:
    browser.post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.tenant_id, entry.subject) == (
        "user.sign_in_failed",
        None,
        "user:unknown",
    )
    assert "nobody@" not in str(vars(entry))


def test_a_changed_and_a_reset_password(ada: User, browser: Client) -> None:
    client = signed_in(ada)
    new = {
        "oldpassword": PASSWORD,
        "password1": "another-long-one",
        "password2": "another-long-one",
    }
    assert client.post("/accounts/password/change/", new).status_code == 302
    browser.post("/accounts/password/reset/", {"email": ada.email})
    link = next(word for word in mail.outbox[-1].body.split() if "/reset/key/" in word)
    form = browser.get(link[link.index("/accounts/") :], follow=True).redirect_chain[-1][0]
    both = {"password1": "a-third-long-one", "password2": "a-third-long-one"}
    assert browser.post(form, both).status_code == 302
    assert told_of(ada) == ["user.password_changed", "user.password_reset"]
    kept = str(list(AuditEntry.objects.values_list("details", flat=True)))
    assert "long-one" not in kept


def test_the_second_factor(ada: User) -> None:
    client, secret = set_up(ada)
    second_step(ada, "000000")
    second_step(ada, code_of(secret))
    assert client.post(f"{INDEX}codes/new/").status_code == 302
    assert client.post(f"{INDEX}app/deactivate/").status_code == 302
    assert told_of(ada) == [
        "user.signed_in",
        "user.second_factor_added",
        "user.recovery_codes_made",
        "user.second_factor_failed",
        "user.signed_in",
        "user.recovery_codes_made",
        "user.second_factor_removed",
    ]


def test_sessions_that_are_ended(ada: User) -> None:
    here, elsewhere = new_browser(), new_browser()
    for each in (elsewhere, here):
        each.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    here.post("/settings/sessions/end/")
    here.post("/settings/sessions/end/")
    assert told_of(ada) == ["user.signed_in", "user.signed_in", "user.sessions_ended"]


def test_staff_who_take_a_second_factor_or_change_a_person_are_told_to_the_tenant(
    ada: User, staff: Client
) -> None:
    set_up(ada)
    factor = Authenticator.objects.filter(user=ada).first()
    assert factor
    page = f"/admin/mfa/authenticator/{factor.pk}"
    assert staff.get(f"{page}/change/").status_code == 200
    assert staff.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    new = {
        "usable_password": "true",
        "password1": "another-long-one",
        "password2": "another-long-one",
    }
    assert staff.post(f"/admin/accounts/user/{ada.pk}/password/", new).status_code == 302
    rows = AuditEntry.objects.filter(
        tenant=ada.memberships.get().tenant_id, actor__startswith="staff:"
    )
    assert list(rows.order_by("seq").values_list("action", "subject")) == [
        ("admin.deleted", f"authenticator:{factor.pk}"),
        ("admin.changed", f"user:{ada.pk}"),
    ]
    assert staff.get("/admin/usersessions/usersession/", {"q": "ada"}).status_code == 200


def test_only_superusers_take_the_second_factor_of_staff(ada: User) -> None:
    helper = make_user(is_staff=True)
    allowed = Permission.objects.filter(content_type__app_label="mfa")
    helper.user_permissions.set(allowed)
    set_up(ada)
    page = f"/admin/mfa/authenticator/{Authenticator.objects.filter(user=ada)[0].pk}/delete/"
    assert signed_in(helper).get(page).status_code == 200
    User.objects.filter(pk=ada.pk).update(is_staff=True)
    assert signed_in(helper).get(page).status_code == 403


def test_no_page_of_the_admin_writes_nothing_down() -> None:
    assert [
        model for model, page in admin.site._registry.items() if not isinstance(page, Audited)
    ] == []
