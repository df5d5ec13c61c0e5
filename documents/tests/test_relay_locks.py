"""Two relays that end jobs of the same tenants: neither waits for the other for ever."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError, Thread, current_thread
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Tenant
from accounts.tests.cast import Person
from billing.services import quota
from documents.models import Job
from documents.processing import endings
from documents.relay import expiry
from documents.relay import sweep as sweeping
from documents.services.jobs import submit_job
from documents.tests.factories import make_document, make_spec
from documents.tests.processes import in_threads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("blob_dir")]


def crossed(*people: Person, **state: Any) -> None:
    """Make four jobs that are due: two relays take two each, of two tenants in turns."""
    Tenant.objects.update(monthly_documents=100)
    for place, person in enumerate([*people, *reversed(people)]):
        document = make_document(person.tenant)
        job = submit_job(principal=person.principal, document=document, spec=make_spec())
        due = timezone.now() - timedelta(days=2, minutes=10 - place)
        fields = {name: due if value is None else value for name, value in state.items()}
        Job.objects.filter(pk=job.pk).update(**fields)


def holding_one(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    """Let each thread wait, once it holds its first allowance, until the other holds one, too.

    Where the other cannot, since they go in one order, it goes on after a second.
    """
    both, met = Barrier(2), set[Thread]()

    def release(*, source: str) -> None:
        quota.release(source=source)
        if current_thread() not in met:
            met.add(current_thread())
            try:
                both.wait(1)
            except BrokenBarrierError:
                pass

    monkeypatch.setattr(module, "release", release)


def both_do(work: Callable[[], int]) -> tuple[list[int], list[Exception]]:
    done: list[int] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            raised.append(error)

    for thread in in_threads(partial(run), 2):
        thread.join(30)
    return done, raised


def test_two_that_expire_jobs(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed(owner, stranger, created_at=None)
    monkeypatch.setattr(expiry, "BATCH", 2)
    holding_one(monkeypatch, expiry)
    done, raised = both_do(expiry.expire_waiting)
    assert raised == []
    assert sum(done) == 4
    assert set(Job.objects.values_list("state", flat=True)) == {"expired"}


def test_two_that_take_jobs_back(
    owner: Person, stranger: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed(
        *(owner, stranger), state="running", attempt=3, lease_until=None, lease_token=uuid.uuid4()
    )
    monkeypatch.setattr(sweeping, "BATCH", 2)
    holding_one(monkeypatch, endings)
    done, raised = both_do(sweeping.sweep)
    assert raised == []
    assert sum(done) == 4
    assert set(Job.objects.values_list("state", flat=True)) == {"failed"}
