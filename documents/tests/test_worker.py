"""Jobs through the real worker, and what becomes of them when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db.models.functions import Now

from accounts.models import OutboxEvent, Tenant
from accounts.tests.cast import Person
from billing.models import UsageRecord
from documents.broker import waiting_messages, wake_worker
from documents.models import Blob, Job
from documents.processing.run import process
from documents.relay.dispatch import dispatch
from documents.relay.sweep import sweep
from documents.services.jobs import submit_job
from documents.storage import blob_store
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job, make_pdf, make_spec
from documents.tests.processes import PATIENCE_SECONDS, running, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

LEASE_SECONDS = 3
# The engine is busy with so many for some seconds: long enough to be caught at them, also where
# others are busy, too.
MANY_PAGES = 60_000


@pytest.fixture(autouse=True)
def services(queue: Queue, blob_dir: Path, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = LEASE_SECONDS


def worker() -> AbstractContextManager[subprocess.Popen[bytes]]:
    arguments = "-m celery --quiet -A config worker --pool prefork --concurrency 1"
    quiet = "--loglevel ERROR --without-gossip --without-mingle --without-heartbeat"
    return running(
        *arguments.split(),
        *quiet.split(),
        COUNTERMARK_JOB_LEASE_SECONDS=str(LEASE_SECONDS),
        CELERY_SKIP_CHECKS="yes",  # they take longer than everything else here
    )


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(("ps", "-A", "-o", "pid=,ppid="), capture_output=True, check=True)
    pairs = [map(int, line.split()) for line in listed.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def is_alive(pid: int) -> bool:
    state = subprocess.run(("ps", "-o", "stat=", "-p", str(pid)), capture_output=True).stdout
    return bool(state.strip()) and not state.startswith(b"Z")


def all_below(pid: int) -> list[int]:
    """Return a worker's children and theirs: the pool and the engine."""
    return [each for child in children_of(pid) for each in (child, *children_of(child))]


class Relayed:
    """A job that the test relays itself, cutting its pauses short."""

    def __init__(self, job: Job) -> None:
        self.job = job

    @property
    def row(self) -> Job:
        return Job.objects.get(pk=self.job.pk)

    def until_it_is_being_marked(self, *, attempt: int) -> None:
        def goes_on() -> bool:
            sweep()
            waiting = Job.objects.filter(pk=self.job.pk, state="queued")
            waiting.update(run_after=Now())
            if waiting_messages() == 0:  # a dying child has taken the message with it
                waiting.update(dispatched_at=None)
            dispatch()
            row = self.row
            return row.state == "running" and row.attempt == attempt and row.page > 0

        wait_until(goes_on)

    def until_its_lease_is_over(self) -> None:
        wait_until(lambda: sweep() > 0)
        assert self.row.state == "queued"


@pytest.mark.long
def test_one_end_whatever_happens_to_the_workers(owner: Person) -> None:
    """A job goes through; another is struck three times, and ends once all the same."""
    with worker() as first:
        goes_through(owner)
        is_read_behind_the_others(owner)
        Tenant.objects.update(max_pages=MANY_PAGES)
        job = make_job(make_document(owner.tenant, content=make_pdf(MANY_PAGES)))
        relayed = Relayed(job)

        relayed.until_it_is_being_marked(attempt=1)
        (child,) = children_of(first.pid)
        engines = children_of(child)
        assert engines
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, engines)))
        assert relayed.row.state == "running"  # nobody could tell
        Job.objects.filter(pk=job.pk).update(lease_until=Now())  # as if its time were over

        relayed.until_it_is_being_marked(attempt=2)
        first.send_signal(signal.SIGTERM)
        first.wait(PATIENCE_SECONDS)
        row = relayed.row
        assert (row.state, row.attempt, row.lease_token) == ("queued", 1, None)

    with worker() as second:
        relayed.until_it_is_being_marked(attempt=2)
        below = all_below(second.pid)
        assert len(below) >= 2
        second.send_signal(signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, below)))
        relayed.until_its_lease_is_over()

    Job.objects.filter(pk=job.pk).update(run_after=Now())
    process(job.pk)
    has_ended_once(relayed.row)


def goes_through(owner: Person) -> None:
    document = make_document(owner.tenant, content=make_pdf(10))
    job = submit_job(principal=owner.principal, document=document, spec=make_spec("SEEN"))
    wait_until(lambda: Job.objects.get(pk=job.pk).is_ended)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error_message) == ("succeeded", 1, "")
    assert job.result_id
    with blob_store().local_file(job.result_id) as path, pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 10
    types = OutboxEvent.objects.filter(subject=f"job:{job.pk}").values_list("type", flat=True)
    assert list(types) == ["job.queued", "job.succeeded"]


def is_read_behind_the_others(owner: Person) -> None:
    """The list for backlogs is one that Celery's workers read."""
    job = make_job(make_document(owner.tenant))
    assert wake_worker(job.pk, backlog=True)
    wait_until(lambda: Job.objects.get(pk=job.pk).state == "succeeded")


def has_ended_once(job: Job) -> None:
    """One end, one event, one count, and no copy that no row names."""
    assert (job.state, job.attempt, job.pages) == ("succeeded", 3, MANY_PAGES)
    assert OutboxEvent.objects.get(subject=f"job:{job.pk}").type == "job.succeeded"
    used = UsageRecord.objects.filter(source=f"job:{job.pk}")
    assert sorted(used.values_list("metric", flat=True)) == ["bytes", "documents", "pages"]
    named = set(Blob.objects.values_list("pk", flat=True))
    assert set(blob_store().iter_ids()) == named
