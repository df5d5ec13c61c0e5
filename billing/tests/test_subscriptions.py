"""Having a plan: trials, changes at once and later, renewals, and what limits follow."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections, transaction

from accounts.models import AuditAction, AuditEntry, OutboxEvent, Tenant
from accounts.principal import InsufficientScope
from accounts.services.tenants import create_tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_principal, make_tenant
from billing.models import Plan, Quota, Subscription
from billing.queries import this_month
from billing.services.closing import close_periods
from billing.services.quota import QuotaExceeded, release, reserve, settle
from billing.services.subscriptions import (
    NoSubscription,
    PlanNotOffered,
    PlanUnchanged,
    begin_subscription,
    cancel_subscription,
    change_plan,
    renew_subscriptions,
    subscribe,
)
from billing.tests.clock import Clock
from billing.tests.factories import make_reservation
from config.invariants import look_at_invariants

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status != "held"}


def plan_of(person: Person) -> Subscription:
    return Subscription.objects.get(tenant=person.tenant)


def limits_of(tenant: Tenant) -> Tenant:
    return Tenant.objects.get(pk=tenant.pk)


def test_a_new_installation_has_four_plans() -> None:
    plans = {plan.code: plan for plan in Plan.objects.all()}
    assert list(plans) == ["free", "pro", "business", "enterprise"]
    assert (plans["free"].uploads_per_minute, plans["free"].monthly_price) == (10, 0)
    assert plans["pro"].monthly_pages is None  # further ones are sold
    assert plans["free"].monthly_pages == 1_000
    assert plans["enterprise"].price("monthly") is None


def test_new_tenants_begin_on_the_default_plan(settings) -> None:
    tenant = create_tenant(name="New")
    assert Subscription.objects.get(tenant=tenant).plan_id == "free"
    assert limits_of(tenant).uploads_per_minute == 10
    assert not AuditEntry.objects.filter(action=AuditAction.PLAN_CHANGED).exists()
    settings.DEFAULT_PLAN = "none"
    assert not Subscription.objects.filter(tenant=create_tenant(name="Own server")).exists()
    settings.DEFAULT_PLAN = "misspelt"
    assert not Subscription.objects.filter(tenant=create_tenant(name="Odd")).exists()
    assert broken() == set()


class TestChanging:
    def test_a_dearer_plan_holds_at_once_with_a_new_month(self, owner: Person) -> None:
        begin_subscription(tenant=owner.tenant)
        held = make_reservation(owner.tenant, pages=900)
        change_plan(principal=owner.principal, plan_code="business")
        first, second = Quota.objects.filter(tenant=owner.tenant).order_by("starts_at")
        assert first.ends_at == second.starts_at
        assert (second.included_pages, second.page_price) == (200_000, 80)
        assert limits_of(owner.tenant).monthly_documents is None
        # What was accepted before ends in the month in which it was accepted.
        with transaction.atomic():
            settle(tenant_id=owner.tenant.pk, source=held.source, documents=1, pages=900)
        first.refresh_from_db()
        assert (first.pages_used, first.pages_reserved) == (900, 0)
        event = OutboxEvent.objects.get(type="subscription.changed")
        assert (event.payload["was"], event.payload["plan"]) == ("free", "business")

    def test_a_cheaper_one_waits_for_the_end_of_what_is_paid(
        self, owner: Person, clock: Clock
    ) -> None:
        change_plan(principal=owner.principal, plan_code="business")
        change_plan(principal=owner.principal, plan_code="pro")
        assert (plan_of(owner).plan_id, plan_of(owner).next_plan_id) == ("business", "pro")
        assert renew_subscriptions() == 0
        clock.go("1 month 1 minute")
        assert renew_subscriptions() == 1
        present = plan_of(owner)
        assert (present.plan_id, present.next_plan_id, present.state) == ("pro", None, "active")
        assert limits_of(owner.tenant).max_retention_days == 30
        assert renew_subscriptions() == 0
        assert broken() == set()

    def test_naming_the_present_plan_takes_a_change_back(self, owner: Person) -> None:
        change_plan(principal=owner.principal, plan_code="business")
        cancel_subscription(principal=owner.principal)
        assert plan_of(owner).next_plan_id == "free"
        change_plan(principal=owner.principal, plan_code="business")
        assert plan_of(owner).next_plan_id is None
        with pytest.raises(PlanUnchanged):
            change_plan(principal=owner.principal, plan_code="business")

    def test_a_longer_term_of_the_same_plan_begins_at_once(self, owner: Person) -> None:
        change_plan(principal=owner.principal, plan_code="business")
        change_plan(principal=owner.principal, plan_code="business", interval="yearly")
        present = plan_of(owner)
        assert present.term_ends_at - present.term_starts_at >= timedelta(days=365)
        change_plan(principal=owner.principal, plan_code="business", interval="monthly")
        assert (plan_of(owner).interval, plan_of(owner).next_interval) == ("yearly", "monthly")

    def test_what_is_not_on_offer(self, owner: Person) -> None:
        for code, interval in (("enterprise", "monthly"), ("zebra", "monthly"), ("free", "yearly")):
            with pytest.raises(PlanNotOffered):
                change_plan(principal=owner.principal, plan_code=code, interval=interval)
        Plan.objects.filter(code="pro").update(is_offered=False)
        with pytest.raises(PlanNotOffered):
            change_plan(principal=owner.principal, plan_code="pro")

    def test_who_may(self, owner: Person, member: Person) -> None:
        with pytest.raises(InsufficientScope):
            change_plan(principal=member.principal, plan_code="pro")
        with pytest.raises(InsufficientScope):
            cancel_subscription(principal=member.principal)
        accountant = make_principal("billing", tenant=owner.tenant)
        change_plan(principal=accountant, plan_code="pro")
        assert plan_of(owner).plan_id == "pro"

    def test_what_is_free_or_not_there_cannot_be_cancelled(self, owner: Person) -> None:
        with pytest.raises(NoSubscription):
            cancel_subscription(principal=owner.principal)
        begin_subscription(tenant=owner.tenant)
        with pytest.raises(NoSubscription):
            cancel_subscription(principal=owner.principal)


class TestTrials:
    def test_one_for_each_tenant(self, owner: Person, clock: Clock) -> None:
        begin_subscription(tenant=owner.tenant)
        change_plan(principal=owner.principal, plan_code="pro")
        present = plan_of(owner)
        assert present.state == "trialing"
        assert present.term_ends_at - present.term_starts_at == timedelta(days=14)
        cancel_subscription(principal=owner.principal)
        clock.go("14 days 1 minute")
        renew_subscriptions()
        assert (plan_of(owner).plan_id, plan_of(owner).term_ends_at) == ("free", None)
        change_plan(principal=owner.principal, plan_code="pro")
        assert plan_of(owner).state == "active"

    def test_the_first_month_that_is_paid_begins_as_the_trial_ends(
        self, owner: Person, clock: Clock
    ) -> None:
        change_plan(principal=owner.principal, plan_code="pro")
        make_reservation(owner.tenant, pages=3)
        ends_at = plan_of(owner).term_ends_at
        clock.go("14 days 3 hours")  # the relay was away for a while
        with transaction.atomic():
            reserve(tenant_id=owner.tenant.pk, source="late", documents=1, pages=1)
        renew_subscriptions()
        present = plan_of(owner)
        assert (present.state, present.term_starts_at) == ("active", ends_at)
        month = this_month(tenant_id=owner.principal.tenant_id)
        assert (month.starts_at, month.ends_at) == (ends_at, present.term_ends_at)
        with transaction.atomic():
            release(source="late")
        assert broken() == set()


class TestMonths:
    def test_they_count_from_the_anchor_through_short_months(
        self, owner: Person, clock: Clock
    ) -> None:
        clock.go_to("2027-01-31 09:00:00+00")
        subscribe(actor=None, tenant_id=owner.tenant.pk, plan=Plan.objects.get(code="business"))
        ends = []
        for moment in ("2027-02-28 10:00", "2027-03-31 08:00", "2027-03-31 10:00"):
            clock.go_to(f"{moment}+00")
            renew_subscriptions()
            while close_periods():
                pass
            held = make_reservation(owner.tenant)
            with transaction.atomic():
                release(source=held.source)
            month = this_month(tenant_id=owner.principal.tenant_id)
            ends.append((f"{month.starts_at:%m-%d}", f"{month.ends_at:%m-%d}"))
            assert month.ends_at == plan_of(owner).term_ends_at
        assert ends == [("02-28", "03-31"), ("02-28", "03-31"), ("03-31", "04-30")]
        assert Quota.objects.filter(tenant=owner.tenant).count() == 3
        assert broken() == set()

    def test_a_relay_that_was_away_renews_one_term_after_the_other(
        self, owner: Person, clock: Clock
    ) -> None:
        change_plan(principal=owner.principal, plan_code="business")
        clock.go("3 months 1 day")
        assert [renew_subscriptions() for _ in range(5)] == [1, 1, 1, 0, 0]
        assert (
            plan_of(owner).term_ends_at > this_month(tenant_id=owner.principal.tenant_id).starts_at
        )

    def test_a_new_month_is_empty(self, clock: Clock) -> None:
        tenant = make_tenant(monthly_documents=1)
        make_reservation(tenant)
        with pytest.raises(QuotaExceeded):
            make_reservation(tenant)
        clock.go("1 month")
        make_reservation(tenant)
        with pytest.raises(QuotaExceeded):
            make_reservation(tenant)


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_and_two_relays_one_counts() -> None:
    person = make_principal("owner")
    outcomes = []

    def change() -> None:
        try:
            outcomes.append(change_plan(principal=person, plan_code="business").plan_id)
        except PlanUnchanged:
            outcomes.append("unchanged")
        finally:
            connections.close_all()

    def renew() -> None:
        try:
            outcomes.append(renew_subscriptions())
        finally:
            connections.close_all()

    run_together(change, change, change)
    assert sorted(outcomes) == ["business", "unchanged", "unchanged"]
    outcomes.clear()
    Subscription.objects.update(
        term_starts_at="2026-01-01T00:00Z", term_ends_at="2026-01-31T00:00Z"
    )
    run_together(renew, renew, renew)
    assert sum(outcomes) >= 1
    assert Subscription.objects.get().version == sum(outcomes)


def run_together(*calls) -> None:
    threads = [Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
