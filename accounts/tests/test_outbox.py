"""Events leave with the transaction of their change, or never."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import OutboxEvent
from accounts.services.outbox import emit
from accounts.tests.factories import make_tenant


@pytest.mark.django_db
def test_event_is_written_in_the_callers_transaction() -> None:
    tenant = make_tenant()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(tenant_id=tenant.pk, type="job.succeeded", subject="job:1", payload={})
        raise ZeroDivisionError
    assert not OutboxEvent.objects.exists()
    event = emit(
        tenant_id=tenant.pk,
        type="job.succeeded",
        subject="job:1",
        payload={"pages": 3},
        request_id="request-1",
    )
    event.refresh_from_db()
    assert (event.tenant_id, event.payload, event.request_id) == (
        tenant.pk,
        {"pages": 3},
        "request-1",
    )
    assert event.published_at is None


@pytest.mark.django_db(transaction=True)
def test_event_outside_a_transaction_is_a_fault() -> None:
    tenant = make_tenant()
    with pytest.raises(RuntimeError, match="transaction"):
        emit(tenant_id=tenant.pk, type="job.succeeded", subject="job:1", payload={})


@pytest.mark.django_db
def test_fact_happens_once() -> None:
    tenant = make_tenant()
    emit(tenant_id=tenant.pk, type="job.succeeded", subject="job:1", payload={})
    emit(tenant_id=tenant.pk, type="job.failed", subject="job:1", payload={})
    with pytest.raises(IntegrityError):
        emit(tenant_id=tenant.pk, type="job.succeeded", subject="job:1", payload={})
