"""Caps on spending: exact for tenant and key, and what refuses says so."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import OutboxEvent
from accounts.principal import InsufficientScope
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_member, make_user
from billing.models import KeyBudget, UsageAlert
from billing.queries import key_caps, this_month
from billing.services.alerts import mail_alerts
from billing.services.caps import set_spend_cap
from billing.services.key_budgets import set_key_cap
from billing.services.quota import SpendCapReached, release, require_room, reserve, settle
from billing.services.subscriptions import change_plan
from billing.services.usage import adjust_usage, record_usage
from billing.tests.clock import Clock
from config.errors import Missing
from config.invariants import look_at_invariants

pytestmark = pytest.mark.django_db
INCLUDED, PRICE = 200_000, 80


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status != "held"}


@pytest.fixture
def business(owner: Person) -> Person:
    change_plan(principal=owner.principal, plan_code="business")
    return owner


def use(person: Person, source: str, pages: int, key=None) -> None:
    """Mark a document, all of it in one transaction."""
    with transaction.atomic():
        key_id = key.pk if key else None
        reserve(
            tenant_id=person.tenant.pk, source=source, documents=1, pages=pages, api_key_id=key_id
        )
        quantities = {"documents": 1, "pages": pages}
        record_usage(
            tenant_id=person.tenant.pk,
            source=source,
            quota_id=settle(tenant_id=person.tenant.pk, source=source, **quantities),
            quantities=quantities,
            api_key_id=key_id,
        )


class TestOfTheTenant:
    def test_further_pages_cost_up_to_the_cap(self, business: Person) -> None:
        set_spend_cap(principal=business.principal, cap=PRICE)
        use(business, "a", INCLUDED)
        use(business, "b", 1_000)
        spend = this_month(tenant_id=business.principal.tenant_id).spend
        assert (spend.used, spend.reserved, spend.limit) == (PRICE, 0, PRICE)
        with pytest.raises(SpendCapReached) as caught:
            use(business, "c", 1)
        assert caught.value.context == {"unit": "spend", "limit": 80, "used": 80, "reserved": 0}
        with pytest.raises(SpendCapReached):
            require_room(tenant_id=business.tenant.pk)
        set_spend_cap(principal=business.principal, cap=None)
        use(business, "c", 1)
        assert (
            this_month(tenant_id=business.principal.tenant_id).spend.used == PRICE + 1
        )  # begun is whole
        assert broken() == set()

    def test_what_turns_out_longer_must_find_room_too(self, business: Person) -> None:
        set_spend_cap(principal=business.principal, cap=PRICE)
        with transaction.atomic():
            reserve(tenant_id=business.tenant.pk, source="x", documents=1, pages=1)
        with pytest.raises(SpendCapReached), transaction.atomic():
            settle(tenant_id=business.tenant.pk, source="x", documents=1, pages=INCLUDED + 1_001)
        with transaction.atomic():
            settle(tenant_id=business.tenant.pk, source="x", documents=1, pages=INCLUDED + 1_000)

    def test_without_a_price_there_is_nothing_to_cap(self, owner: Person) -> None:
        set_spend_cap(principal=owner.principal, cap=0)
        use(owner, "a", 10)

    def test_who_may(self, member: Person) -> None:
        with pytest.raises(InsufficientScope):
            set_spend_cap(principal=member.principal, cap=1)


class TestOfAKey:
    def test_counts_all_its_pages_and_nobody_elses(self, business: Person) -> None:
        key, other = make_api_key(business.tenant)[0], make_api_key(business.tenant)[0]
        use(business, "before", 500, key)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=PRICE)
        use(business, "a", 500, key)
        with pytest.raises(SpendCapReached) as caught:
            use(business, "b", 1, key)
        assert caught.value.context["unit"] == "key_spend"
        use(business, "c", 1, other)
        use(business, "d", 1)
        (cap,) = key_caps(
            principal=business.principal, month=this_month(tenant_id=business.principal.tenant_id)
        )
        assert (cap.cap, cap.spent) == (PRICE, PRICE)
        assert broken() == set()

    def test_what_fails_is_given_back_and_a_month_begins_anew(
        self, business: Person, clock: Clock
    ) -> None:
        key, _ = make_api_key(business.tenant)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=PRICE)
        hold = {"tenant_id": business.tenant.pk, "documents": 1, "api_key_id": key.pk}
        with transaction.atomic():
            reserve(source="x", pages=1_000, **hold)
        with pytest.raises(SpendCapReached), transaction.atomic():
            reserve(source="y", pages=1, **hold)
        with transaction.atomic():
            release(source="x")
            reserve(source="y", pages=999, **hold)
        clock.go("1 month")
        with transaction.atomic():
            reserve(source="z", pages=1_000, **hold)
            release(source="y")  # of the month before
        assert KeyBudget.objects.get().pages == 1_000
        assert broken() == set()

    def test_a_cap_that_goes(self, business: Person, stranger: Person) -> None:
        key, _ = make_api_key(business.tenant)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=0)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=None)
        assert not KeyBudget.objects.exists()
        with pytest.raises(Missing):
            set_key_cap(principal=stranger.principal, api_key_id=key.pk, cap=0)


class TestAlerts:
    def test_each_level_is_told_once(self, owner: Person) -> None:
        owner.tenant.monthly_documents = 10
        owner.tenant.save()
        for number in range(10):
            use(owner, f"job:{number}", 1)
        told = UsageAlert.objects.order_by("percent").values_list("unit", "percent", "used")
        assert list(told) == [("documents", 50, 5), ("documents", 80, 8), ("documents", 100, 10)]
        events = OutboxEvent.objects.filter(type="usage.threshold_reached").order_by("id")
        assert [event.payload["percent"] for event in events] == [50, 80, 100]

    def test_no_level_follows_a_higher_one(self, owner: Person) -> None:
        owner.tenant.monthly_pages = 10
        owner.tenant.save()
        use(owner, "a", 10)
        staff = make_user("s@countermark.example", is_staff=True)
        adjust_usage(actor=staff, tenant=owner.tenant, quantities={"pages": -6}, reason="Goodwill")
        use(owner, "b", 1)
        assert UsageAlert.objects.get().percent == 100

    def test_of_spending_and_of_included_pages(self, business: Person) -> None:
        set_spend_cap(principal=business.principal, cap=PRICE)
        use(business, "a", INCLUDED + 500)
        told = UsageAlert.objects.values_list("unit", "percent")
        assert sorted(told) == [("pages", 100), ("spend", 50)]

    def test_the_mail_of_included_pages_says_what_further_ones_cost(self, business: Person) -> None:
        use(business, "a", INCLUDED)
        assert mail_alerts() == 1
        (message,) = mail.outbox
        for text in (message.body, message.alternatives[0][0]):
            assert "Further pages cost €0.80 for 1,000" in text
            assert "no cap on spending" in text and "is refused" not in text

    def test_the_mail_of_a_cap_says_that_more_is_refused(self, business: Person) -> None:
        set_spend_cap(principal=business.principal, cap=PRICE)
        use(business, "a", INCLUDED + 1_000)
        while mail_alerts():
            pass
        (text,) = [message.body for message in mail.outbox if "spending" in message.subject]
        assert "€0.80 of the cap of €0.80 is spent." in text and "is refused" in text

    def test_of_a_keys_cap_each_level_is_told_once(self, business: Person) -> None:
        key, other = (make_api_key(business.tenant, name=n)[0] for n in ("Robot\n1", "Other"))
        for each in (key, other):
            set_key_cap(principal=business.principal, api_key_id=each.pk, cap=PRICE)
        for number, pages in enumerate((400, 100, 50, 300, 150)):
            use(business, f"job:{number}", pages, key)
        use(business, "job:other", 500, other)
        use(business, "job:page", 1_000)  # of the workspace, by no key
        told = UsageAlert.objects.order_by("created_at").values_list(
            "unit", "api_key__name", "percent", "used", "limit"
        )
        assert list(told) == [
            ("key_spend", "Robot\n1", 50, 40, 80),
            ("key_spend", "Robot\n1", 80, 68, 80),
            ("key_spend", "Robot\n1", 100, 80, 80),
            ("key_spend", "Other", 50, 40, 80),
        ]
        events = OutboxEvent.objects.filter(type="usage.threshold_reached").order_by("id")
        assert [(e.payload["api_key_id"], e.payload["percent"]) for e in events] == [
            *[(str(key.pk), percent) for percent in (50, 80, 100)],
            (str(other.pk), 50),
        ]
        while mail_alerts():
            pass
        subjects = [message.subject for message in mail.outbox]
        assert "100 % of this month's cap of API key “Robot 1” used · Acme" in subjects
        text = next(m.body for m in mail.outbox if m.subject.startswith("100 %"))
        assert "€0.80 of the cap of €0.80 is spent." in text
        assert "by this key is refused" in text and "set a higher cap for it" in text
        html = business.client.get("/billing/").content.decode()
        assert "50 % of the cap of API key “Other”" in html
        listed = business.api.get("/api/v1/usage-alerts/").json()["results"]
        assert [each["api_key_id"] for each in listed][:2] == [str(other.pk), str(key.pk)]

    def test_of_a_key_what_is_under_way_counts_and_what_fails_tells_nothing(
        self, business: Person
    ) -> None:
        key, _ = make_api_key(business.tenant)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=PRICE)
        hold = {"tenant_id": business.tenant.pk, "documents": 1, "api_key_id": key.pk}
        with transaction.atomic():
            reserve(source="x", pages=900, **hold)
            release(source="x")
        assert not UsageAlert.objects.exists()
        with transaction.atomic():
            reserve(source="y", pages=900, **hold)
        use(business, "z", 100, key)
        assert UsageAlert.objects.get().percent == 100

    def test_of_a_key_no_level_follows_a_higher_one(self, business: Person) -> None:
        """Work that fails gives its pages back: what is told does not go down with them."""
        key, _ = make_api_key(business.tenant)
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=PRICE)
        hold = {"tenant_id": business.tenant.pk, "documents": 1, "api_key_id": key.pk}
        with transaction.atomic():
            reserve(source="x", pages=400, **hold)
            reserve(source="y", pages=300, **hold)
        use(business, "a", 300, key)
        for number, source in enumerate(("x", "y")):
            with transaction.atomic():
                release(source=source)
            use(business, f"after:{number}", 200, key)
        assert UsageAlert.objects.get().percent == 100
        assert OutboxEvent.objects.filter(type="usage.threshold_reached").count() == 1
        set_key_cap(principal=business.principal, api_key_id=key.pk, cap=2 * PRICE)
        use(business, "more", 300, key)  # of a higher cap it is news
        told = UsageAlert.objects.order_by("created_at").values_list("percent", "used", "limit")
        assert list(told) == [(100, PRICE, PRICE), (50, PRICE, 2 * PRICE)]

    def test_mailed_to_who_sees_to_the_money(self, owner: Person, member: Person) -> None:
        make_member("billing", tenant=owner.tenant, email="books@acme.example")
        owner.tenant.monthly_documents = 2
        owner.tenant.save()
        use(owner, "job:1", 1)
        assert (mail_alerts(), mail_alerts()) == (1, 0)
        (message,) = mail.outbox
        assert sorted(message.recipients()) == ["books@acme.example", "owner@acme.example"]
        assert "50 %" in message.subject and "1 of 2 documents" in message.body
        html, kind = message.alternatives[0]
        assert kind == "text/html" and "1 of 2 documents" in html

    def test_a_mail_server_that_is_away_is_asked_again(
        self, owner: Person, clock: Clock, settings
    ) -> None:
        owner.tenant.monthly_documents = 1
        owner.tenant.save()
        use(owner, "job:1", 1)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert (mail_alerts(), mail_alerts()) == (1, 0)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        clock.go("11 minutes")
        assert mail_alerts() == 1
        assert len(mail.outbox) == 1
