"""What staff see and may do; what nobody may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import (
    APIKey,
    AuditEntry,
    Membership,
    OutboxEvent,
    User,
    WebhookDelivery,
    WebhookEndpoint,
)
from accounts.tests.cast import Person
from accounts.tests.factories import (
    PASSWORD,
    bearer,
    make_api_key,
    make_attempt,
    make_delivery,
    make_tenant,
    make_tokens,
    make_user,
    make_webhook_endpoint,
    signed_in,
)

pytestmark = pytest.mark.django_db

PAGES = (
    "tenant",
    "user",
    "membership",
    "apikey",
    "outboxevent",
    "webhookendpoint",
    "webhookdelivery",
)


def page(name: str, rest: str = "") -> str:
    return f"/admin/accounts/{name}/{rest}"


def act(client: Client, name: str, action: str, *objects: object, **more: str) -> str:
    data = {"action": action, "_selected_action": [str(one.pk) for one in objects], **more}
    answer = client.post(page(name), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def grow() -> None:
    for number in range(3):
        tenant = make_tenant(f"Tenant {number}")
        user = make_user()
        Membership.objects.create(tenant=tenant, user=user, role="owner")
        make_api_key(tenant)
        OutboxEvent.objects.create(tenant=tenant, type="a.b", subject=f"a:{tenant.pk}")
        make_attempt(make_delivery(make_webhook_endpoint(tenant)[0]))


def test_strangers_are_sent_to_the_common_login(browser: Client) -> None:
    for answer in (browser.get("/admin/", follow=True), browser.get("/admin/login/", follow=True)):
        assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_owners_of_tenants_are_not_staff(owner: Person) -> None:
    for name in PAGES:
        assert owner.client.get(page(name), follow=True).status_code == 403


def test_index_names_the_product(staff: Client) -> None:
    assert "Countermark staff" in staff.get("/admin/").content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    staff: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    grow()
    with django_assert_max_num_queries(9) as few:
        assert staff.get(page(name)).status_code == 200
    grow()
    grow()
    with django_assert_max_num_queries(len(few)) as many:
        assert staff.get(page(name), {"q": ""}).status_code == 200
    assert len(many) == len(few)


@pytest.mark.parametrize("name", PAGES)
def test_pages_run_no_inline_script_or_style(staff: Client, name: str) -> None:
    grow()
    model = apps.get_model("accounts", name)
    for path in (page(name), page(name, f"{model.objects.first().pk}/change/")):
        answer = staff.get(path)
        assert answer.status_code == 200
        assert "unsafe-inline" not in answer["Content-Security-Policy"]
        html = answer.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
        scripts = re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", html)
        assert all('type="application/json"' in script for script in scripts)


def test_no_page_shows_what_is_secret_in_a_key(staff: Client, owner: Person) -> None:
    key, text = make_api_key(owner.tenant, name="Importer")
    kept = bytes(key.secret_hmac)
    pages = [
        staff.get(page("apikey")),
        staff.get(page("apikey", f"{key.pk}/change/")),
        staff.get(page("apikey", f"{key.pk}/history/")),
        staff.get(page("tenant", f"{owner.tenant.pk}/change/")),
    ]
    assert "Importer" in pages[0].content.decode()
    assert key.display in pages[1].content.decode()
    for answer in pages:
        html = answer.content.decode()
        assert text[20:] not in html
        assert kept.hex() not in html and repr(kept) not in html and "hmac" not in html.lower()


def test_keys_can_be_neither_made_nor_changed_nor_deleted(staff: Client) -> None:
    key, _ = make_api_key(name="Importer")
    assert staff.get(page("apikey", "add/")).status_code == 403
    assert staff.post(page("apikey", f"{key.pk}/delete/"), {"post": "yes"}).status_code == 403
    change = {"name": "Forged", "scopes": "keys:write", "tenant": str(make_tenant().pk)}
    staff.post(page("apikey", f"{key.pk}/change/"), change)
    after = APIKey.objects.get()
    assert (after.name, after.tenant_id, after.scopes) == ("Importer", key.tenant_id, key.scopes)


def test_keys_are_found_by_their_visible_part(staff: Client) -> None:
    key, _ = make_api_key(name="Importer")
    make_api_key(name="Another")
    html = staff.get(page("apikey"), {"q": key.lookup}).content.decode()
    assert "Importer" in html and "Another" not in html


def test_revoking_goes_through_the_service_and_is_recorded(staff: Client) -> None:
    key, _ = make_api_key()
    assert "1 key revoked" in act(staff, "apikey", "revoke", key)
    assert "0 keys revoked" in act(staff, "apikey", "revoke", key)
    key.refresh_from_db()
    assert key.revoked_at
    assert LogEntry.objects.get().get_change_message() == "Revoked."


def test_tenants_are_suspended_and_resumed(staff: Client, owner: Person) -> None:
    assert owner.client.get("/settings/api-keys/").status_code == 200
    for reason in ({}, {"reason": " "}, {"reason": "x" * 301}):
        asked = act(staff, "tenant", "suspend", owner.tenant, **reason)
        assert 'name="reason"' in asked and "Acme" in asked
    assert owner.client.get("/settings/api-keys/").status_code == 200
    act(staff, "tenant", "suspend", owner.tenant, reason="Invoices unpaid since May.")
    refused = owner.client.get("/settings/api-keys/")
    assert refused.status_code == 403
    assert "suspended: Invoices unpaid since May. Please" in refused.content.decode()
    assert 'name="reason"' in act(staff, "tenant", "resume", owner.tenant)
    act(staff, "tenant", "resume", owner.tenant, reason="Paid")
    entries = AuditEntry.objects.filter(action__startswith="tenant.").order_by("seq")
    assert [each.details["reason"] for each in entries] == ["Invoices unpaid since May.", "Paid"]
    assert owner.client.get("/settings/api-keys/").status_code == 200
    told = {entry.get_change_message() for entry in LogEntry.objects.all()}
    assert told == {"Suspended.", "Resumed."}


def test_who_may_set_limits_may_not_suspend(owner: Person) -> None:
    billing = make_user(is_staff=True)
    wanted = ("view_tenant", "change_tenant")
    billing.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    act(signed_in(billing), "tenant", "suspend", owner.tenant, reason="Because")
    owner.tenant.refresh_from_db()
    assert owner.tenant.suspended_at is None


def test_every_door_of_a_suspended_tenant_tells_why(staff: Client, owner: Person) -> None:
    key = bearer(make_api_key(owner.tenant)[1])
    token = bearer(make_tokens(owner.user)[1].access_token)
    act(staff, "tenant", "suspend", owner.tenant, reason="Stolen card")
    doors = [
        Client().get("/api/v1/jobs/", **key),
        Client().get(f"/api/v1/jobs/{owner.tenant.pk}/", **key),
        Client().get("/api/v1/jobs/", **token),
        owner.client.get("/api/v1/jobs/"),
        Client().post("/api/v1/ws-tickets/", **key),
        Client().post("/api/v1/documents/", **key),
        Client().post("/api/v1/uploads/", headers={"tus-resumable": "1.0.0"}, **key),
    ]
    for answer in doors:
        assert (answer.status_code, answer.json()["type"]) == (403, "tenant_suspended")
        assert "Stolen card" in answer.json()["detail"]


def test_staff_who_may_only_look_cannot_act(owner: Person) -> None:
    looker = make_user(is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    key, _ = make_api_key(owner.tenant)
    client = signed_in(looker)
    act(client, "apikey", "revoke", key)
    act(client, "tenant", "suspend", owner.tenant, reason="Because")
    key.refresh_from_db()
    owner.tenant.refresh_from_db()
    assert key.revoked_at is None
    assert owner.tenant.suspended_at is None


def test_tenants_show_counts_and_are_found_by_a_members_address(
    staff: Client, owner: Person, member: Person, stranger: Person
) -> None:
    for _ in range(3):
        make_api_key(owner.tenant)
    html = staff.get(page("tenant"), {"q": "member@acme.example"}).content.decode()
    assert "Acme" in html and "Stranger" not in html
    assert re.search(r'class="field-members">2<', html)
    assert re.search(r'class="field-working_keys">3<', html)


def test_tenants_limits_are_edited_and_checked(staff: Client, owner: Person) -> None:
    url = page("tenant", f"{owner.tenant.pk}/change/")
    form = {
        "name": "Acme",
        "slug": owner.tenant.slug,
        "max_file_bytes": "1000",
        "max_pages": "10",
        "max_concurrent_uploads": "4",
        "requests_per_minute": "",
        "uploads_per_minute": "10",
        "retention_days": "0",
        "max_retention_days": "90",
        "default_watermark": "{}",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    assert "Every limit must be at least 1." in staff.post(url, form).content.decode()
    assert staff.post(url, form | {"retention_days": "7"}).status_code == 302
    owner.tenant.refresh_from_db()
    assert (owner.tenant.max_file_bytes, owner.tenant.retention_days) == (1000, 7)
    assert staff.post(page("tenant", f"{owner.tenant.pk}/delete/")).status_code == 403


def test_people_are_added_with_a_folded_address(staff: Client) -> None:
    form = {
        "email": "New.Person@Example.org",
        "name": "New",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    assert staff.post(page("user", "add/"), form).status_code == 302
    user = User.objects.get(email="new.person@example.org")
    assert user.check_password(PASSWORD)
    again = staff.post(page("user", "add/"), form | {"email": "NEW.person@example.org"})
    assert "already exists" in again.content.decode()


def person_form(user: User, **changes: str) -> dict[str, str]:
    return {
        "email": user.email,
        "name": user.name,
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    } | changes


def test_changed_address_stops_being_good_for_logging_in(staff: Client) -> None:
    user = make_user("old@example.org")
    EmailAddress.objects.create(user=user, email="old@example.org", primary=True)
    url = page("user", f"{user.pk}/change/")
    assert staff.post(url, person_form(user, name="Same address")).status_code == 302
    assert EmailAddress.objects.count() == 1
    assert staff.post(url, person_form(user, email="NEW@example.org")).status_code == 302
    user.refresh_from_db()
    assert user.email == "new@example.org"
    assert not EmailAddress.objects.exists()


def test_only_superusers_hand_out_powers(staff: Client) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = signed_in(helper)
    person = make_user()
    url = page("user", f"{person.pk}/change/")
    form = person_form(person, is_superuser="on", is_staff="on")
    assert client.post(url, form).status_code == 302
    person.refresh_from_db()
    assert not person.is_superuser
    assert not person.is_staff
    staff.post(url, form)
    person.refresh_from_db()
    assert person.is_superuser


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
def test_only_superusers_change_who_has_powers(staff: Client, power: str) -> None:
    helper, powerful = make_user(is_staff=True), make_user(**{power: True})
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = signed_in(helper)
    form = person_form(powerful, email="taken@over.example")
    password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    for rest, sent in (("change/", form), ("password/", password), ("delete/", {"post": "yes"})):
        url = page("user", f"{powerful.pk}/{rest}")
        assert client.post(url, sent).status_code == 403
        assert staff.get(url).status_code == 200
    act(client, "user", "delete_selected", powerful)
    powerful.refresh_from_db()
    assert powerful.email != "taken@over.example"
    assert not powerful.check_password(PASSWORD)


def test_password_pages_show_no_hash(staff: Client) -> None:
    user = make_user(password=PASSWORD)
    for rest in (f"{user.pk}/change/", f"{user.pk}/password/"):
        answer = staff.get(page("user", rest))
        assert answer.status_code == 200
        assert user.password not in answer.content.decode()


def test_outbox_is_for_looking(staff: Client) -> None:
    grow()
    event = OutboxEvent.objects.filter(type="a.b").latest("id")
    assert staff.get(page("outboxevent", "add/")).status_code == 403
    assert staff.post(page("outboxevent", f"{event.pk}/delete/")).status_code == 403
    html = staff.get(page("outboxevent"), {"state": "waiting"}).content.decode()
    assert event.subject in html
    html = staff.get(page("outboxevent"), {"state": "published"}).content.decode()
    assert event.subject not in html


def test_rows_that_are_only_looked_at_offer_nothing_to_save(staff: Client) -> None:
    key, _ = make_api_key()
    html = staff.get(page("apikey", f"{key.pk}/change/")).content.decode()
    assert key.display in html
    assert "_save" not in html


@pytest.mark.parametrize("state", ["working", "expired", "revoked"])
def test_keys_are_filtered_by_state(staff: Client, state: str) -> None:
    make_api_key(name="is-working", expires_at=timezone.now() + timedelta(days=1))
    make_api_key(name="is-expired", expires_at=timezone.now())
    make_api_key(name="is-revoked", revoked_at=timezone.now(), expires_at=timezone.now())
    html = staff.get(page("apikey"), {"state": state}).content.decode()
    assert {name for name in ("working", "expired", "revoked") if f"is-{name}" in html} == {state}


def test_addresses_are_changed_with_their_person_only(staff: Client) -> None:
    assert staff.get("/admin/account/emailaddress/").status_code == 404


def test_a_membership_is_given_and_changed_but_not_moved(staff: Client) -> None:
    user, tenant, other = make_user(), make_tenant(), make_tenant()
    staff.post(
        page("membership", "add/"),
        {"user": str(user.pk), "tenant": str(tenant.pk), "role": "viewer"},
    )
    membership = Membership.objects.get(user=user)
    assert (membership.tenant, membership.role) == (tenant, "viewer")
    staff.post(
        page("membership", f"{membership.pk}/change/"), {"tenant": str(other.pk), "role": "admin"}
    )
    membership.refresh_from_db()
    assert (membership.tenant, membership.role) == (tenant, "admin")
    assert user.email in staff.get(page("membership"), {"role__exact": "admin"}).content.decode()
    assert (
        user.email not in staff.get(page("membership"), {"role__exact": "owner"}).content.decode()
    )


def test_staff_turn_endpoints_off_and_on_and_replay(staff: Client, owner: Person) -> None:
    endpoint, secret = make_webhook_endpoint(owner.tenant, header=("X-A", "s3cret"))
    delivery = make_delivery(endpoint)
    assert "1 endpoint turned off" in act(staff, "webhookendpoint", "turn_off", endpoint)
    assert "Turn it on first" in act(staff, "webhookdelivery", "replay", delivery)
    assert "1 endpoint turned on" in act(staff, "webhookendpoint", "turn_on", endpoint)
    assert "1 delivery replayed" in act(staff, "webhookdelivery", "replay", delivery)
    assert WebhookDelivery.objects.filter(state="pending").count() == 1
    row = WebhookEndpoint.objects.get()
    html = staff.get(page("webhookendpoint", f"{endpoint.pk}/change/")).content.decode()
    assert endpoint.url in html
    for hidden in (secret, "s3cret", row.sealed_secret, row.sealed_header):
        assert hidden not in html


def test_staff_find_failing_endpoints(staff: Client, owner: Person) -> None:
    make_webhook_endpoint(owner.tenant, url="https://fine.example/")
    make_webhook_endpoint(owner.tenant, url="https://bad.example/", failing_since=timezone.now())
    html = staff.get(page("webhookendpoint"), {"state": "failing"}).content.decode()
    assert "bad.example" in html and "fine.example" not in html


def test_staff_end_programs_log_ins(staff: Client, owner: Person) -> None:
    grant, tokens = make_tokens(owner.user)
    html = staff.get(page("tokengrant"), {"state": "working"}).content.decode()
    assert owner.user.email in html
    assert grant.digest not in html
    assert "1 log-in ended" in act(staff, "tokengrant", "end", grant)
    assert "0 log-ins ended" in act(staff, "tokengrant", "end", grant)
    assert Client(**bearer(tokens.access_token)).get("/api/v1/auth/whoami/").status_code == 401
    assert AuditEntry.objects.filter(action="user.sessions_ended").count() == 1
    detail = staff.get(page("tokengrant", f"{grant.pk}/change/")).content.decode()
    assert grant.digest not in detail and grant.password_mark not in detail


def test_a_tenants_default_mark_can_be_drawn(staff: Client, owner: Person) -> None:
    url = page("tenant", f"{owner.tenant.pk}/change/")
    form = {
        **{"name": "Acme", "slug": owner.tenant.slug, "max_file_bytes": "1000", "max_pages": "10"},
        **{"max_concurrent_uploads": "4", "retention_days": "7", "max_retention_days": "90"},
        **{"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"},
    }
    for bad, told in (('{"opacity": 7}', "opacity: Input should be"), ("[1]", "JSON object")):
        assert told in staff.post(url, form | {"default_watermark": bad}).content.decode()
    good = '{"watermark_text": " House "}'
    assert staff.post(url, form | {"default_watermark": good}).status_code == 302
    owner.tenant.refresh_from_db()
    assert owner.tenant.default_watermark == {"watermark_text": "House"}
