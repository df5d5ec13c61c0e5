"""Many at once on one batch: its counters are right, and it ends once, whoever comes last."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import OutboxEvent, Tenant
from accounts.tests.cast import Person
from billing.models import Reservation
from config.errors import DomainError
from documents.batch_queries import item_rows, items_of
from documents.models import Batch, Job
from documents.processing.endings import StoredCopy, cancel, fail, succeed
from documents.processing.failures import INTERNAL
from documents.processing.lease import claim
from documents.relay.expiry import expire_waiting
from documents.services.batch_items import process_documents
from documents.services.batches import cancel_batch
from documents.tests.factories import make_document, make_spec
from documents.tests.processes import in_threads

pytestmark = pytest.mark.django_db(transaction=True)
ITEMS = 24
ENDS = ("completed", "completed_with_errors", "failed", "cancelled")


@pytest.fixture
def batch(owner: Person) -> Batch:
    """A running batch of a tenant whose allowance is counted."""
    Tenant.objects.update(monthly_documents=1000, monthly_pages=1000)
    ids = [make_document(owner.tenant).pk for _ in range(ITEMS)]
    return process_documents(principal=owner.principal, document_ids=ids, spec=make_spec())


def succeed_with(job: Job) -> None:
    """End well, with a copy whose bytes nobody asks for."""
    succeed(job, StoredCopy(uuid.uuid4(), size_bytes=1, sha256="0" * 64, pages=1))


def end_one(job_id: uuid.UUID, place: int) -> None:
    """Be the worker of a job: two of three succeed, and who is asked to stop does."""
    job = claim(job_id)
    if job is None:
        return
    job.refresh_from_db()
    if job.cancel_requested_at is not None:
        cancel(job)
    elif place % 3 == 2:
        fail(job, INTERNAL)
    else:
        succeed_with(job)


def side_by_side(*work: Callable[[], object]) -> list[Exception]:
    """Do all of it at the same time; return what was raised."""
    raised: list[Exception] = []
    start = Barrier(len(work))

    def run(each: Callable[[], object]) -> None:
        start.wait(10)
        try:
            each()
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            raised.append(error)

    threads = [thread for each in work for thread in in_threads(partial(run, each))]
    for thread in threads:
        thread.join(60)
    return raised


def workers(batch: Batch, count: int = 4) -> list[Callable[[], object]]:
    """Return ``count`` workers that share the jobs of the batch."""
    ids = list(batch.items.order_by("position").values_list("job_id", flat=True))

    def work(share: int) -> None:
        for place in range(share, len(ids), count):
            end_one(ids[place], place)

    return [partial(work, share) for share in range(count)]


def assert_consistent(batch: Batch) -> dict[str, Any]:
    """The batch has ended once, and says of its items what they say; return its counts."""
    batch.refresh_from_db()
    assert batch.state in ENDS
    said = {state: getattr(batch, state) for state in Batch.COUNTED}
    true = Counter(row.state for row in item_rows(items_of(batch)))
    assert said == {state: true[state] for state in Batch.COUNTED}
    assert sum(said.values()) == batch.total == ITEMS
    told = OutboxEvent.objects.filter(type__in=[f"batch.{state}" for state in ENDS])
    assert [event.type for event in told] == [f"batch.{batch.state}"]
    assert not Reservation.objects.exists(), "the allowance of ended jobs was given back or used"
    return said


def test_ends_at_once_are_all_counted(batch: Batch) -> None:
    assert side_by_side(*workers(batch)) == []
    said = assert_consistent(batch)
    assert (said["succeeded"], said["failed"]) == (16, 8)
    assert batch.state == "completed_with_errors"


def test_a_cancel_against_the_ends(batch: Batch, owner: Person) -> None:
    def cancel_it() -> None:
        cancel_batch(principal=owner.principal, batch_id=batch.pk)

    raised = side_by_side(*workers(batch), cancel_it)
    # Who came too late was told so; nothing else may have gone wrong.
    assert all(isinstance(each, DomainError) for each in raised), raised
    assert_consistent(batch)


def test_two_cancels_and_ends(batch: Batch, owner: Person) -> None:
    def cancel_it() -> None:
        cancel_batch(principal=owner.principal, batch_id=batch.pk)

    raised = side_by_side(*workers(batch, 2), cancel_it, cancel_it)
    assert all(isinstance(each, DomainError) for each in raised), raised
    assert_consistent(batch)


def test_what_has_waited_too_long_expires_beside_the_ends(batch: Batch) -> None:
    a_day_ago = timezone.now() - timedelta(days=1, minutes=1)
    waiting = list(batch.items.order_by("-position").values_list("job_id", flat=True)[:12])
    Job.objects.filter(pk__in=waiting).update(created_at=a_day_ago)
    raised = side_by_side(*workers(batch, 3), expire_waiting, expire_waiting)
    assert raised == []
    assert_consistent(batch)
