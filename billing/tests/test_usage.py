"""The usage ledger."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import make_principal, make_tenant
from billing.models import UsageRecord
from billing.services.usage import record_usage

pytestmark = pytest.mark.django_db


def test_writes_a_quantity_for_each_metric() -> None:
    tenant = make_tenant()
    person = make_principal(tenant=tenant)
    record_usage(
        tenant_id=tenant.pk,
        source="job:1",
        quantities={"documents": 1, "pages": 12, "bytes": 3_000_000_000},
        user_id=person.user_id,
    )
    kept = UsageRecord.objects.filter(tenant=tenant, source="job:1", user_id=person.user_id)
    assert dict(kept.values_list("metric", "quantity")) == {
        "documents": 1,
        "pages": 12,
        "bytes": 3_000_000_000,
    }


def test_the_same_is_never_counted_twice() -> None:
    tenant = make_tenant()
    record_usage(tenant_id=tenant.pk, source="job:1", quantities={"pages": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        record_usage(tenant_id=tenant.pk, source="job:1", quantities={"documents": 1, "pages": 2})
    assert UsageRecord.objects.count() == 1
    record_usage(tenant_id=tenant.pk, source="job:2", quantities={"pages": 1})


def test_unknown_metrics_are_mistakes() -> None:
    with pytest.raises(ValueError, match="kilograms"):
        record_usage(tenant_id=make_tenant().pk, source="job:1", quantities={"kilograms": 1})


@pytest.mark.django_db(transaction=True)
def test_needs_the_transaction_that_ends_the_work() -> None:
    with pytest.raises(RuntimeError):
        record_usage(tenant_id=make_tenant().pk, source="job:1", quantities={"pages": 1})
    assert not UsageRecord.objects.exists()
