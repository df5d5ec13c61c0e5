"""The monthly allowance: reserved, settled, released; never over, never negative."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import IntegrityError, connections, transaction

from accounts.models import Tenant
from accounts.tests.factories import make_tenant
from billing.models import Quota, Reservation, UsageRecord
from billing.services.quota import QuotaExceeded, release, reserve, settle
from billing.services.usage import record_usage
from billing.tests.factories import make_reservation
from config.invariants import look_at_invariants


def figures(tenant: Tenant) -> tuple[int, int, int, int]:
    row = Quota.objects.get(tenant=tenant)
    return row.documents_used, row.documents_reserved, row.pages_used, row.pages_reserved


def broken() -> set[str]:
    return {each.name for each in look_at_invariants() if each.status == "broken"}


@pytest.mark.django_db
class TestOneAtATime:
    def test_a_reservation_becomes_use(self) -> None:
        tenant = make_tenant(monthly_documents=2, monthly_pages=10)
        held = make_reservation(tenant, documents=1, pages=4)
        assert figures(tenant) == (0, 1, 0, 4)
        charged = settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=5)
        assert figures(tenant) == (1, 0, 5, 0)
        assert charged == held.quota_id
        assert not Reservation.objects.exists()
        assert Quota.objects.get().starts_at.date() == datetime.now(UTC).date().replace(day=1)

    def test_what_is_released_was_free(self) -> None:
        tenant = make_tenant()
        held = make_reservation(tenant, pages=4)
        release(source=held.source)
        release(source=held.source)
        release(source="job:unheard-of")
        assert figures(tenant) == (0, 0, 0, 0)

    def test_a_full_month_says_of_what(self) -> None:
        tenant = make_tenant(monthly_documents=1, monthly_pages=10)
        make_reservation(tenant, pages=7)
        with pytest.raises(QuotaExceeded, match="allows 1 documents a month; 0 are used") as caught:
            make_reservation(tenant)
        assert caught.value.context == {"unit": "documents", "limit": 1, "used": 0, "reserved": 1}
        Tenant.objects.update(monthly_documents=None)
        with pytest.raises(QuotaExceeded) as caught:
            make_reservation(tenant, pages=4)
        assert caught.value.context == {"unit": "pages", "limit": 10, "used": 0, "reserved": 7}
        make_reservation(tenant, pages=3)

    def test_a_limit_of_nothing_lets_nothing_through(self) -> None:
        with pytest.raises(QuotaExceeded):
            make_reservation(make_tenant(monthly_documents=0))

    def test_pages_beyond_the_reserved_need_room_too(self) -> None:
        tenant = make_tenant(monthly_pages=10)
        held = make_reservation(tenant, pages=1)
        with pytest.raises(QuotaExceeded) as caught, transaction.atomic():
            settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=11)
        assert caught.value.context == {"unit": "pages", "required": 11}
        assert figures(tenant) == (0, 1, 0, 1)
        settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=10)

    def test_a_lowered_limit_does_not_take_back_what_was_promised(self) -> None:
        tenant = make_tenant(monthly_pages=10)
        held = make_reservation(tenant, pages=8)
        Tenant.objects.update(monthly_pages=2)
        settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=8)
        assert figures(tenant) == (1, 0, 8, 0)

    def test_each_tenant_has_its_own(self) -> None:
        first, second = make_tenant(monthly_documents=1), make_tenant(monthly_documents=1)
        make_reservation(first)
        make_reservation(second)
        assert figures(first) == figures(second) == (0, 1, 0, 1)

    def test_work_from_before_there_were_reservations_is_charged(self) -> None:
        tenant = make_tenant()
        settle(tenant_id=tenant.pk, source="job:old", documents=1, pages=3)
        assert figures(tenant) == (1, 0, 3, 0)

    def test_one_source_holds_once(self) -> None:
        tenant = make_tenant()
        held = make_reservation(tenant)
        with pytest.raises(IntegrityError), transaction.atomic():
            reserve(tenant_id=tenant.pk, source=held.source, documents=1, pages=1)

    def test_the_database_refuses_less_than_nothing(self) -> None:
        make_reservation(make_tenant())
        with pytest.raises(IntegrityError), transaction.atomic():
            Quota.objects.update(documents_reserved=-1)

    def test_the_invariants_see_what_does_not_add_up(self) -> None:
        tenant = make_tenant()
        held = make_reservation(tenant)
        assert broken() == set()
        Quota.objects.update(documents_reserved=5)
        assert broken() == {"quota_reserved"}
        Quota.objects.update(documents_reserved=1, pages_used=1)
        assert broken() == {"quota_is_ledger"}
        charged = settle(tenant_id=tenant.pk, source=held.source, documents=1, pages=2)
        used = {"documents": 1, "pages": 3}
        record_usage(tenant_id=tenant.pk, source="x", quantities=used, quota_id=charged)
        assert broken() == set()
        UsageRecord.objects.filter(metric="pages").update(quantity=2)
        assert broken() == {"quota_is_ledger", "usage_days_are_ledger"}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_so_many_pass() -> None:
    """Real transactions side by side, in a month that nobody has opened yet."""
    tenant = make_tenant(monthly_documents=10)
    outcomes: Counter[str] = Counter()

    def ask() -> None:
        for _ in range(5):
            try:
                make_reservation(tenant)
                outcomes["accepted"] += 1
            except QuotaExceeded:
                outcomes["refused"] += 1

    def caller() -> None:
        try:
            ask()
        finally:
            connections.close_all()

    threads = [Thread(target=caller) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"accepted": 10, "refused": 30}
    assert figures(tenant) == (0, 10, 0, 10)


@pytest.mark.django_db(transaction=True)
def test_it_belongs_into_the_transaction_of_the_work() -> None:
    tenant = make_tenant()
    for call in (
        lambda: reserve(tenant_id=tenant.pk, source="x", documents=1, pages=1),
        lambda: settle(tenant_id=tenant.pk, source="x", documents=1, pages=1),
        lambda: release(source="x"),
    ):
        with pytest.raises(RuntimeError, match="transaction"):
            call()
