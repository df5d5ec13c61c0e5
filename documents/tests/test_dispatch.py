"""Which job is next, and for whom."""

from __future__ import annotations

import threading
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Tenant
from accounts.tests.factories import make_tenant
from config.tests.walls import by_owner
from documents.models import Job
from documents.relay.dispatch import DISPATCH, WINDOW, dispatch
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job
from documents.tests.processes import in_threads

pytestmark = pytest.mark.django_db


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
            by_owner("ANALYZE documents_job")
            # So few rows fit into a page or two, and reading all of them may look cheap.
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
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
        dispatch()

    for thread in in_threads(relay, 4):
        thread.join()
    assert sorted(queue.take_all()) == sorted(waiting)


@pytest.mark.django_db(transaction=True)
def test_rows_that_another_relay_is_taking_are_skipped(queue: Queue) -> None:
    taken, free = make_waiting(make_tenant(), 1), make_waiting(make_tenant(), 1)
    is_locked, is_done = Event(), Event()

    def other_relay() -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=taken[0])
            is_locked.set()
            is_done.wait()

    (thread,) = in_threads(other_relay)
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
