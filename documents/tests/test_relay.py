"""What happens because time passes."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import OutboxEvent
from accounts.tests.cast import Person
from accounts.tests.factories import make_member, make_tenant
from billing.models import InvoiceMail, Reservation
from billing.tests.factories import make_invoice
from documents.models import Blob, Document, Job
from documents.processing.endings import StoredCopy, succeed
from documents.relay.expiry import expire_results, expire_waiting
from documents.relay.loop import Chore, Relay
from documents.relay.orphans import collect_orphans
from documents.relay.sweep import sweep
from documents.services.jobs import submit_job
from documents.storage import StorageAway, blob_store
from documents.tests.conftest import Queue
from documents.tests.factories import make_blob, make_document, make_job, make_spec
from documents.tests.processes import PATIENCE_SECONDS, in_threads, running, wait_until

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=2)


def expired_lease() -> dict[str, Any]:
    return {"state": "running", "lease_until": timezone.now() - timedelta(seconds=1)}


class TestSweep:
    def test_queues_again_with_growing_pauses(self) -> None:
        jobs = [make_job(**expired_lease(), attempt=attempt) for attempt in (1, 2)]
        assert sweep() == 2
        pauses = []
        for job in jobs:
            job.refresh_from_db()
            assert (job.state, job.lease_token, job.dispatched_at) == ("queued", None, None)
            pauses.append((job.run_after - timezone.now()).total_seconds())
        assert 0 < pauses[0] < 3 < pauses[1] < 6

    def test_gives_up_after_the_last_attempt(self) -> None:
        job = make_job(**expired_lease(), attempt=3)
        sweep()
        job.refresh_from_db()
        assert (job.state, job.error_code, job.error_retryable) == ("failed", "worker_lost", True)
        assert OutboxEvent.objects.get(subject=f"job:{job.pk}").type == "job.failed"

    def test_cancels_what_was_to_be_cancelled(self) -> None:
        job = make_job(**expired_lease(), cancel_requested_at=timezone.now())
        sweep()
        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_leaves_leases_that_hold(self) -> None:
        make_job(state="running", lease_until=timezone.now() + timedelta(seconds=5))
        assert sweep() == 0

    def test_one_bad_row_does_not_stop_it(self) -> None:
        bad = make_job(**expired_lease(), attempt=3)
        OutboxEvent.objects.create(
            tenant=bad.tenant, type="job.failed", subject=f"job:{bad.pk}"
        )  # its end was told already: telling it again is refused
        good = make_job(**expired_lease())
        sweep()
        good.refresh_from_db()
        bad.refresh_from_db()
        assert (good.state, bad.state) == ("queued", "running")

    def test_a_holder_that_comes_back_is_fenced_out(self) -> None:
        zombie = make_job(**expired_lease())
        sweep()
        copy = StoredCopy(zombie.pk, 1, "0" * 64, 1)
        assert succeed(zombie, copy) is None
        assert not Blob.objects.filter(pk=zombie.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_end_each_lease_once() -> None:
    for _ in range(12):
        make_job(**expired_lease(), attempt=3)
    found: list[int] = []

    for thread in in_threads(lambda: found.append(sweep()), 3):
        thread.join()
    assert sum(found) == 12
    assert OutboxEvent.objects.count() == 12
    assert Counter(Job.objects.values_list("state", flat=True)) == {"failed": 12}


class TestExpiry:
    def test_forgets_copies_whose_time_is_over(
        self, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        over = make_job(state="succeeded", expires_at=timezone.now() - timedelta(seconds=1))
        kept = make_job(state="succeeded", expires_at=timezone.now() + timedelta(days=1))
        copy_id = over.result_id
        assert copy_id
        with django_capture_on_commit_callbacks(execute=True):
            assert expire_results() == 1
            assert blob_store().size(copy_id)  # the row first
        over.refresh_from_db()
        assert (over.state, over.result) == ("succeeded", None)
        assert over.result_purged_at and not Blob.objects.filter(pk=copy_id).exists()
        ids = set(blob_store().iter_ids())
        assert copy_id not in ids and kept.result_id in ids
        assert expire_results() == 0

    def test_ends_jobs_that_nobody_did_for_a_day(self) -> None:
        old, young = make_job(), make_job()
        Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1))
        assert expire_waiting() == 1
        old.refresh_from_db()
        young.refresh_from_db()
        assert (old.state, young.state) == ("expired", "queued")
        assert OutboxEvent.objects.get(subject=f"job:{old.pk}").type == "job.expired"

    def test_gives_back_what_they_held(self, owner: Person) -> None:
        document = make_document(owner.tenant)
        job = submit_job(principal=owner.principal, document=document, spec=make_spec())
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=1))
        assert expire_waiting() == 1
        assert not Reservation.objects.exists()


def test_what_no_row_names_is_collected_and_nothing_else(
    blob_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, orphans = ({make_blob(make_tenant(), b"x").pk for _ in range(3)} for _ in range(2))
    Blob.objects.filter(pk__in=orphans).delete()
    assert collect_orphans() == 0  # their rows may be on their way
    monkeypatch.setattr("documents.relay.orphans.GRACE", timedelta())  # nobody can set a blob's age
    monkeypatch.setattr("documents.relay.orphans.BATCH", 2)
    assert collect_orphans() == 3
    assert set(blob_store().iter_ids()) == named


def test_staged_files_are_collected_when_they_are_old(blob_dir: Path) -> None:
    store = blob_store()
    young = store.stage()
    young.close()
    stale = store.stage()
    stale.close()
    age(stale.path)
    assert collect_orphans() == 1
    assert (stale.path.exists(), young.path.exists()) == (False, True)


def age(path: Path) -> None:
    then = time.time() - LONG_AGO.total_seconds()
    os.utime(path, (then, then))


@pytest.mark.django_db(transaction=True)
def test_the_command_works_until_it_is_stopped(queue: Queue) -> None:
    """A real process: dispatches, sweeps, and ends well at SIGTERM."""
    waiting = make_job()
    lost = make_job(**expired_lease(), attempt=3)
    deleted = make_document(deleted_at=Now())
    with running("manage.py", "relay") as relay:
        wait_until(lambda: Job.objects.get(pk=lost.pk).state == "failed")
        wait_until(lambda: Job.objects.get(pk=waiting.pk).dispatched_at is not None)
        wait_until(lambda: Document.objects.get(pk=deleted.pk).blob is None)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(PATIENCE_SECONDS) == 0
    assert queue.take_all() == [str(waiting.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_says_nothing_holds_up_no_job(queue: Queue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE_SECONDS)
        make_member("owner", tenant=(tenant := make_tenant()))
        make_invoice(tenant)
        address = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        with running("manage.py", "relay", COUNTERMARK_EMAIL_URL=address) as relay:
            caller, _ = server.accept()
            with caller:
                job = make_job()
                wait_until(lambda: Job.objects.get(pk=job.pk).dispatched_at is not None)
                is_waiting = InvoiceMail.objects.get().mail_after < timezone.now()
                relay.send_signal(signal.SIGTERM)
                assert relay.wait(PATIENCE_SECONDS) == 0
    assert is_waiting  # the mail server was still being waited for
    assert queue.take_all() == [str(job.pk)]


class TestLoop:
    """Chores at their pace, through trouble."""

    def test_one_that_fails_does_not_stop_the_others(self) -> None:
        done: list[str] = []

        def fails() -> int:
            raise RuntimeError("It always does.")

        relay = Relay([Chore(fails, 0, 0), Chore(lambda: done.append("yes") or 1, 0, 0)], Event())
        relay.round()
        relay.round()
        assert done == ["yes", "yes"]

    @pytest.mark.parametrize(
        "gone", [(OperationalError("gone"), InterfaceError("gone")), (StorageAway(), StorageAway())]
    )
    def test_while_the_database_or_the_store_is_away_it_waits_and_goes_on(
        self, gone: tuple[Exception, ...]
    ) -> None:
        answers: list[Exception | None] = [*gone, None]
        done: list[str] = []

        def asks() -> int:
            if error := answers.pop(0):
                raise error
            done.append("yes")
            return 0

        stopping = Event()
        relay = Relay([Chore(asks, 0, 0)], stopping)
        pauses = []
        for _ in range(3):
            pauses.append(relay.pause())
            relay.round()
        assert done == ["yes"]
        assert pauses[0] == 0 < pauses[1] < pauses[2]
        assert relay.pause() == 0

    def test_again_soon_after_it_found_something(self) -> None:
        busy = Chore(lambda: 1, idle_seconds=100, busy_seconds=10)
        idle = Chore(lambda: 0, idle_seconds=100, busy_seconds=10)
        Relay([busy, idle], Event()).round()
        now = time.monotonic()
        assert busy.due_at - now <= 10 < 90 < idle.due_at - now

    def test_stops_between_chores(self) -> None:
        stopping = Event()
        done: list[str] = []
        relay = Relay(
            [
                Chore(lambda: stopping.set() or 0, 0, 0),
                Chore(lambda: done.append("no") or 0, 0, 0),
            ],
            stopping,
        )
        relay.run_forever()
        assert done == []
