"""What staff do with plans and limits."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AuditEntry, Tenant
from accounts.services.tenants import change_tenant
from accounts.tests.cast import Person
from billing.models import LimitOverride, Plan, Subscription
from billing.services.limits import end_overrides
from billing.services.subscriptions import begin_subscription, change_plan
from billing.tests.clock import Clock
from config.errors import Invalid
from config.invariants import look_at_invariants

pytestmark = pytest.mark.django_db


def limits_hold() -> bool:
    found = {each.name: each.status for each in look_at_invariants()}
    return found["limits_are_the_plans"] == "held"


def tenant_of(person: Person) -> Tenant:
    return Tenant.objects.get(pk=person.tenant.pk)


def add_override(staff: Client, person: Person, **fields: object) -> None:
    form = {"tenant": person.tenant.pk, "limit": "uploads_per_minute", "value": 99}
    form |= {"reason": "A big move", "expires_at_0": "", "expires_at_1": ""} | fields
    answer = staff.post("/admin/billing/limitoverride/add/", form)
    assert answer.status_code == 302, answer.content.decode()


def test_an_override_holds_until_it_expires(staff: Client, owner: Person, clock: Clock) -> None:
    begin_subscription(tenant=owner.tenant)
    add_override(staff, owner)
    assert tenant_of(owner).uploads_per_minute == 99
    assert AuditEntry.objects.filter(action="limit.overridden", tenant=owner.tenant).exists()
    LimitOverride.objects.update(expires_at="2100-01-01T00:00Z")
    change_plan(principal=owner.principal, plan_code="pro")
    assert tenant_of(owner).uploads_per_minute == 99 and limits_hold()
    assert end_overrides() == 0
    clock.go("100 years")
    assert (end_overrides(), end_overrides()) == (1, 0)
    assert tenant_of(owner).uploads_per_minute == 120 and limits_hold()


def test_staff_end_an_override(staff: Client, owner: Person) -> None:
    add_override(staff, owner, limit="max_pages", value=5)
    override = LimitOverride.objects.get()
    form = {"action": "end", "_selected_action": [str(override.pk)]}
    staff.post("/admin/billing/limitoverride/", form)
    assert tenant_of(owner).max_pages == 20_000  # without a plan: as new tenants have it


def test_a_changed_plan_counts_for_its_tenants(staff: Client, owner: Person) -> None:
    begin_subscription(tenant=owner.tenant)
    plan = Plan.objects.get(code="free")
    fields = {
        field.name: getattr(plan, field.name)
        for field in Plan._meta.fields
        if getattr(plan, field.name) is not None
    }
    form = fields | {"uploads_per_minute": 12, "features": "[]", "is_offered": "on"}
    answer = staff.post("/admin/billing/plan/free/change/", form)
    assert answer.status_code == 302, answer.content.decode()
    assert tenant_of(owner).uploads_per_minute == 12 and limits_hold()


def test_staff_give_a_tenant_any_plan(staff: Client, owner: Person) -> None:
    form = {"tenant": owner.tenant.pk, "plan": "enterprise", "interval": "monthly"}
    assert staff.post("/admin/billing/subscription/add/", form).status_code == 302
    present = Subscription.objects.get()
    form = {"plan": "business", "interval": "yearly"}
    address = f"/admin/billing/subscription/{present.pk}/change/"
    assert staff.post(address, form).status_code == 302
    present.refresh_from_db()
    assert (present.plan_id, present.interval) == ("business", "yearly")


@pytest.mark.parametrize(
    "model",
    ["plan", "subscription", "limitoverride", "quota", "usagerecord", "usagealert", "keybudget"],
)
def test_lists_open(staff: Client, owner: Person, model: str) -> None:
    change_plan(principal=owner.principal, plan_code="business")
    assert staff.get(f"/admin/billing/{model}/").status_code == 200


def test_results_are_kept_as_long_as_chosen_within_the_plan(owner: Person) -> None:
    change_tenant(principal=owner.principal, retention_days=20)
    begin_subscription(tenant=owner.tenant)
    assert tenant_of(owner).retention_days == 7
    with pytest.raises(Invalid):
        change_tenant(principal=owner.principal, retention_days=8)
    change_plan(principal=owner.principal, plan_code="pro")
    assert tenant_of(owner).retention_days == 30
    change_tenant(principal=owner.principal, retention_days=12)
    change_plan(principal=owner.principal, plan_code="business")
    assert tenant_of(owner).retention_days == 12
