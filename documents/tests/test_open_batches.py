"""Batches that nobody starts: cancelled after a week, once, whoever does it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, OutboxEvent
from accounts.tests.cast import Person
from accounts.tests.factories import make_tenant
from documents.models import Batch
from documents.models.batch import OPEN_FOR
from documents.services.batch_items import BatchNotOpen, add_document
from documents.services.batches import BatchEnded, expire_batches, open_batch, start_batch
from documents.tests.factories import make_batch, make_document, make_spec
from documents.tests.processes import in_threads
from documents.tests.spoiling import broken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]


def left_alone(batch: Batch) -> Batch:
    """Let ``batch`` have been opened over a week ago."""
    Batch.objects.filter(pk=batch.pk).update(
        created_at=timezone.now() - OPEN_FOR - timedelta(minutes=1)
    )
    return batch


def test_it_is_cancelled_after_a_week(owner: Person) -> None:
    old = left_alone(make_batch(owner.tenant, state="open", items=2))
    young = make_batch(owner.tenant, state="open", items=1)
    started = left_alone(make_batch(owner.tenant, state="running", items=1))
    assert expire_batches() == 1
    for batch in (old, young, started):
        batch.refresh_from_db()
    assert [young.state, started.state] == ["open", "running"]
    assert (old.state, old.cancelled, old.cancel_requested_at) == ("cancelled", 2, None)
    assert young.expires_at == young.created_at + OPEN_FOR
    assert old.expires_at is None
    assert OutboxEvent.objects.get(subject=f"batch:{old.pk}").type == "batch.cancelled"
    entry = AuditEntry.objects.get(action="batch.cancelled")
    assert (entry.actor, entry.details["reason"]) == ("system", "not started")
    assert expire_batches() == 0


def test_nothing_more_is_done_with_it_and_its_documents_stay(owner: Person) -> None:
    batch = left_alone(open_batch(principal=owner.principal, spec=make_spec()))
    document = make_document(owner.tenant)
    add_document(principal=owner.principal, batch_id=batch.pk, document_id=document.pk)
    expire_batches()
    assert not [name for name in broken() if name.startswith("batch")]
    with pytest.raises(BatchEnded):
        start_batch(principal=owner.principal, batch_id=batch.pk)
    with pytest.raises(BatchNotOpen):
        add_document(
            principal=owner.principal,
            batch_id=batch.pk,
            document_id=make_document(owner.tenant).pk,
        )
    document.refresh_from_db()
    assert document.deleted_at is None


def test_looking_for_them_costs_the_same_among_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Batch.objects.bulk_create(
        Batch(tenant=make_tenant(), spec={}, state="running") for _ in range(20)
    )
    with django_assert_num_queries(3):  # a transaction around one query
        assert expire_batches() == 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM documents_batch WHERE state = 'open'"
            " AND created_at < now() ORDER BY created_at LIMIT 1"
        )
        assert "batch_open" in str(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_several_relays_cancel_each_once() -> None:
    tenants = [make_tenant(), make_tenant()]
    for place in range(12):
        left_alone(make_batch(tenants[place % 2], state="open", items=1))
    found: list[int] = []
    for thread in in_threads(lambda: found.append(expire_batches()), 4):
        thread.join()
    assert sum(found) == 12
    assert OutboxEvent.objects.filter(type="batch.cancelled").count() == 12
    assert set(Batch.objects.values_list("state", flat=True)) == {"cancelled"}
