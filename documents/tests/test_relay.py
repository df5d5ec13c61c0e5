"""What happens because time passes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.utils import timezone

from accounts.models import OutboxEvent, Tenant
from accounts.tests.factories import make_tenant
from documents.models import Blob, Job
from documents.processing.endings import StoredCopy, succeed
from documents.relay.dispatch import DISPATCH, WINDOW, dispatch
from documents.relay.expiry import expire_results, expire_waiting
from documents.relay.loop import Chore, Relay
from documents.relay.orphans import collect_orphans
from documents.relay.sweep import sweep
from documents.storage import blob_store
from documents.tests.conftest import Queue
from documents.tests.factories import make_blob, make_document, make_job
from documents.tests.processes import PATIENCE_SECONDS, running, wait_until

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=2)


def make_waiting(tenant: Tenant, count: int, **fields: Any) -> list[str]:
    """Return the ids of new jobs that wait, the first to come first."""
    document = make_document(tenant)
    now = timezone.now() - timedelta(minutes=1)
    return [
        str(make_job(document, run_after=now + timedelta(milliseconds=n), **fields).pk)
        for n in range(count)
    ]


class TestDispatch:
    def test_sends_what_is_due_once(self, queue: Queue) -> None:
        first, second = make_waiting(make_tenant(), 2)
        make_job(run_after=timezone.now() + timedelta(minutes=1))
        assert dispatch() == 2
        assert queue.take_all() == [first, second]
        assert dispatch() == 0

    def test_takes_turns_between_tenants(self, queue: Queue) -> None:
        """Nobody's first job waits for somebody else's second."""
        big = make_waiting(make_tenant("Big"), 100)
        small = make_waiting(make_tenant("Small"), 2)
        assert dispatch() == WINDOW
        order = queue.take_all()
        assert set(order[:4]) == {*big[:2], *small}
        assert order[4:] == big[2 : WINDOW - 2]

    def test_counts_what_runs_already_as_turns(self, queue: Queue) -> None:
        busy = make_tenant("Busy")
        document = make_document(busy)
        soon = timezone.now() + timedelta(minutes=1)
        for _ in range(6):
            make_job(document, state="running", lease_until=soon)
        big, late = make_waiting(busy, 20), make_waiting(make_tenant(), 3)
        dispatch()
        assert queue.take_all() == late + big[: WINDOW - 3]

    def test_a_newcomer_overtakes_a_backlog_that_is_under_way(self, queue: Queue) -> None:
        make_waiting(make_tenant("Big"), 100)
        dispatch()
        queue.client.rpop(queue.lists[0])  # one worker takes a message, one place is free
        (late,) = make_waiting(make_tenant("Late"), 1)
        assert dispatch() == 1
        order = queue.take_all()
        # Behind the few that every tenant may have in front, before the rest of the backlog.
        assert order.index(late) == 3

    def test_keeps_few_messages_under_way(self, queue: Queue) -> None:
        make_waiting(make_tenant(), 3 * WINDOW)
        assert [dispatch(), dispatch()] == [WINDOW, 0]

    def test_sends_again_what_got_lost(self, queue: Queue, settings: Any) -> None:
        (job_id,) = make_waiting(make_tenant(), 1)
        dispatch()
        queue.clear()  # as a Valkey that was restarted empty
        assert dispatch() == 0  # perhaps a worker has it
        late = timezone.now() - timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
        Job.objects.filter(pk=job_id).update(dispatched_at=late)
        assert dispatch() == 1
        assert queue.take_all() == [job_id]

    def test_leaves_suspended_tenants_alone(self, queue: Queue) -> None:
        make_waiting(make_tenant(suspended_at=timezone.now()), 1)
        assert dispatch() == 0

    def test_without_valkey_nothing_is_marked(self, no_valkey: None) -> None:
        make_waiting(make_tenant(), 1)
        assert dispatch() == 0
        assert Job.objects.get().dispatched_at is None

    def test_reads_no_backlog(self, queue: Queue) -> None:
        """However long it is: the plan hops through the index of what waits."""
        for _ in range(3):
            make_waiting(make_tenant(), 100)
        given = {"room": WINDOW, "depth": 2 * WINDOW, "lost_after": 30}
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE documents_job")
            cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows fit into one page
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + DISPATCH, given)
            ((plan,),) = cursor.fetchone()
        assert WINDOW <= rows_of_jobs(plan["Plan"]) < 100


def rows_of_jobs(plan: dict[str, Any]) -> float:
    """Return how many rows of jobs the plan has looked at."""
    below = sum(rows_of_jobs(each) for each in plan.get("Plans", ()))
    if plan.get("Relation Name") != "documents_job":
        return below
    return below + plan["Actual Loops"] * (
        plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    )


@pytest.mark.django_db(transaction=True)
def test_two_relays_send_each_message_once(queue: Queue) -> None:
    tenants = [make_tenant() for _ in range(4)]
    waiting = [job_id for tenant in tenants for job_id in make_waiting(tenant, 2)]
    start = threading.Barrier(4)

    def relay() -> None:
        start.wait()
        try:
            dispatch()
        finally:
            connections.close_all()

    in_threads(relay, 4)
    assert sorted(queue.take_all()) == sorted(waiting)


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_relay_is_taking_are_skipped(queue: Queue) -> None:
    taken, free = make_waiting(make_tenant(), 1), make_waiting(make_tenant(), 1)
    is_locked, is_done = Event(), Event()

    def other_relay() -> None:
        try:
            with transaction.atomic():
                Job.objects.select_for_update().get(pk=taken[0])
                is_locked.set()
                is_done.wait()
        finally:
            connections.close_all()

    thread = threading.Thread(target=other_relay)
    thread.start()
    is_locked.wait()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        assert dispatch() == 1
    finally:
        is_done.set()
        thread.join()
        connection.close()
    assert queue.take_all() == free


def in_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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

    def relay() -> None:
        try:
            found.append(sweep())
        finally:
            connections.close_all()

    in_threads(relay, 3)
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


def test_orphans_are_collected_when_they_are_old(blob_dir: Path) -> None:
    named = make_blob(make_tenant(), b"named")
    orphan, young = make_blob(make_tenant(), b"orphan"), make_blob(make_tenant(), b"young")
    Blob.objects.filter(pk__in=[orphan.pk, young.pk]).delete()
    store = blob_store()
    stale = store.stage()
    stale.close()
    age(stale.path)
    assert collect_orphans() == 1  # a blob's age cannot be set from here, a staged file's can
    assert not stale.path.exists()
    assert set(store.iter_ids()) == {named.pk, orphan.pk, young.pk}


def age(path: Path) -> None:
    then = time.time() - LONG_AGO.total_seconds()
    os.utime(path, (then, then))


@pytest.mark.django_db(transaction=True)
def test_the_command_works_until_it_is_stopped(queue: Queue) -> None:
    """A real process: dispatches, sweeps, and ends well at SIGTERM."""
    (job_id,) = make_waiting(make_tenant(), 1)
    lost = make_job(**expired_lease(), attempt=3)
    with running("manage.py", "relay") as relay:
        wait_until(lambda: Job.objects.get(pk=lost.pk).state == "failed")
        wait_until(lambda: Job.objects.get(pk=job_id).dispatched_at is not None)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(PATIENCE_SECONDS) == 0
    assert queue.take_all() == [job_id]


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

    def test_while_the_database_is_away_it_waits_and_goes_on(self) -> None:
        answers: list[Exception | None] = [OperationalError("gone"), InterfaceError("gone"), None]
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
