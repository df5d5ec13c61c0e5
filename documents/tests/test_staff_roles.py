"""Every list of the admin: what each role sees and may do, at a cost that stays the same."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.admin import estimating
from accounts.models import Pulse, Tenant
from accounts.services.support import was_given
from accounts.tests.factories import make_tenant, make_user, signed_in
from documents.models import NightlyCheck, StorageDay
from documents.tests.isolation.matrix import furnish

pytestmark = pytest.mark.django_db
EVERYTHING = {model._meta.model_name: model for model in admin.site._registry}
PEOPLE = {"tenant", "user", "membership", "auditentry"}
MONEY = {
    model._meta.model_name for model in EVERYTHING.values() if model._meta.app_label == "billing"
}
# For superusers: who could change these could become anybody.
NOBODYS = {"group"}
SEEN = {
    "support": EVERYTHING.keys() - NOBODYS - {"pulse", "nightlycheck", "storageday"},
    "billing": PEOPLE | MONEY,
    "operations": EVERYTHING.keys() - NOBODYS,
}
WORK = {
    "apikey": {"revoke"},
    "tokengrant": {"end"},
    "webhookendpoint": {"turn_on", "turn_off"},
    "webhookdelivery": {"replay"},
    "job": {"retry", "cancel"},
    "batch": {"cancel"},
}
ACTS = {
    "support": WORK,
    "billing": {
        "tenant": {"suspend", "resume"},
        "limitoverride": {"end"},
        "provideraccount": {"try_again"},
        "providerevent": {"try_again"},
        "meterreport": {"try_again"},
    },
    "operations": {
        **WORK,
        "tenant": {"suspend", "resume"},
        "limitoverride": {"end"},
        "supportsession": {"stop"},
    },
}
ENTERS = {
    "support": {"enter_tenant"},
    "billing": set(),
    "operations": {"enter_tenant", "act_in_tenant"},
}


def list_of(model: type[models.Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


@pytest.fixture
def roles() -> None:
    """The groups as the migration makes them, also where a test has emptied their tables."""
    Group.objects.all().delete()
    import_module("documents.migrations.0013_staff_roles").make_roles(apps)
    import_module("documents.migrations.0014_staff_see_payments").let_payments_be_seen(apps)
    import_module("documents.migrations.0014_staff_see_payments").let_payments_be_seen(apps)


def in_role(role: str) -> Client:
    person = make_user(is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    return signed_in(person)


def actions_on(client: Client, address: str) -> set[str]:
    form = client.get(address).context["action_form"]
    return {name for name, _ in form.fields["action"].choices if name} if form else set()


@pytest.fixture
def furnished() -> Tenant:
    """A tenant with a row in every list, and the operator's rows."""
    tenant = make_tenant()
    furnish_lists(tenant, 0)
    return tenant


def furnish_lists(tenant: Tenant, number: int) -> None:
    furnish(tenant)
    now = timezone.now()
    day = now.date() - timedelta(days=number)
    Pulse.objects.create(name=f"relay@{number}", kind="relay", began_at=now, seen_at=now)
    StorageDay.objects.create(day=day, counted_at=now, bytes=1, objects_count=1)
    NightlyCheck.objects.create(night=day)


@pytest.mark.parametrize("role", SEEN)
def test_a_role_sees_its_lists_and_no_others(roles: None, furnished: Tenant, role: str) -> None:
    client = in_role(role)
    seen, acts = set(), {}
    for name, model in EVERYTHING.items():
        status = client.get(list_of(model)).status_code
        assert status in (200, 403), name
        if status == 200:
            seen.add(name)
            if offered := actions_on(client, list_of(model)) - {"delete_selected"}:
                acts[name] = offered
    assert seen == SEEN[role]
    assert acts == ACTS[role]
    user = Group.objects.get(name=role).user_set.get()
    entering = {name for name in ("enter_tenant", "act_in_tenant") if was_given(user, name)}
    assert entering == ENTERS[role]


@pytest.mark.parametrize("role", SEEN)
def test_no_role_makes_or_changes_people(roles: None, furnished: Tenant, role: str) -> None:
    client = in_role(role)
    person = make_user()
    membership = furnished.memberships.all()[0]
    for address in (
        "/admin/accounts/user/add/",
        f"/admin/accounts/user/{person.pk}/password/",
        f"/admin/accounts/user/{person.pk}/delete/",
        f"/admin/accounts/membership/{membership.pk}/delete/",
        "/admin/accounts/membership/add/",
        "/admin/auth/group/add/",
    ):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {}).status_code == 403, address
    changed = client.post(f"/admin/accounts/user/{person.pk}/change/", {"is_superuser": "on"})
    assert changed.status_code == 403


def test_an_action_that_is_not_offered_is_not_done(roles: None, furnished: Tenant) -> None:
    client = in_role("support")
    data = {"action": "suspend", "_selected_action": [str(furnished.pk)], "reason": "Because"}
    client.post("/admin/accounts/tenant/", data)
    furnished.refresh_from_db()
    assert furnished.suspended_at is None


def test_roles_are_made_once(roles: None) -> None:
    make = import_module("documents.migrations.0013_staff_roles").make_roles
    before = Group.permissions.through.objects.count()
    make(apps)
    assert Group.permissions.through.objects.count() == before > 50
    assert Group.objects.filter(name__in=SEEN).count() == 3


def test_no_list_asks_more_for_many_rows_than_for_few(staff: Client, furnished: Tenant) -> None:
    signed_in(make_user())
    asked = {}
    for name, model in EVERYTHING.items():
        staff.get(list_of(model))
        with CaptureQueriesContext(connection) as few:
            answer = staff.get(list_of(model))
        assert answer.status_code == 200, name
        asked[name] = (len(few), len(answer.context["cl"].result_list))
    for number in (1, 2, 3):
        furnish_lists(make_tenant(), number)
    grown = 0
    for name, model in EVERYTHING.items():
        with CaptureQueriesContext(connection) as many:
            answer = staff.get(list_of(model))
        queries, rows = asked[name]
        grown += len(answer.context["cl"].result_list) > rows
        assert len(many) <= max(queries, 4), name
    assert grown > 20


def test_long_lists_are_estimated_and_filtered_ones_counted(
    staff: Client, furnished: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = list_of(EVERYTHING["job"])
    real = staff.get(address).context["cl"].result_count
    monkeypatch.setattr(estimating, "COUNTED_UP_TO", 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT by_owner('ANALYZE documents_job')")
    with CaptureQueriesContext(connection) as asked:
        assert staff.get(address).context["cl"].result_count == estimating.ROUNDED_TO
    assert not any("COUNT(*)" in each["sql"] for each in asked)
    shown = staff.get(address, {"state__exact": "succeeded"}).context["cl"]
    assert 0 < shown.result_count < real
