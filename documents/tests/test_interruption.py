"""What happens to work that is going on."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.tests.factories import make_tenant, make_user
from billing.models import UsageRecord
from documents.models import Job
from documents.processing import run
from documents.processing.endings import succeed
from documents.processing.run import process
from documents.processing.stopping import forget_stop, request_stop
from documents.relay.sweep import sweep
from documents.services.jobs import cancel_job
from documents.storage import blob_store
from documents.tests.factories import make_document, make_job, make_pdf
from documents.tests.processes import in_threads, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# Work enough for the engine to be caught in the middle of it, and more than anybody waits for.
MANY_PAGES, ENDLESS_PAGES = 5_000, 60_000


def staged_files(blob_dir: Path) -> list[Path]:
    return list((blob_dir / "staging").iterdir())


@pytest.fixture
def job(blob_dir: Path) -> Job:
    return make_job(make_document(content=make_pdf(MANY_PAGES)))


@pytest.fixture
def endless(blob_dir: Path) -> Job:
    tenant = make_tenant(max_pages=ENDLESS_PAGES)
    return make_job(make_document(tenant, content=make_pdf(ENDLESS_PAGES)))


def processing(job: Job) -> threading.Thread:
    (thread,) = in_threads(lambda: process(job.pk))
    wait_until(lambda: Job.objects.get(pk=job.pk).page > 0)
    return thread


def leaves_no_bytes(blob_dir: Path) -> bool:
    return staged_files(blob_dir) == [] and len(list(blob_store().iter_ids())) == 1


def test_cancel(endless: Job, blob_dir: Path) -> None:
    thread = processing(endless)
    endless.refresh_from_db()
    document = endless.document
    cancel_job(principal=make_user(is_staff=True), job=endless)
    thread.join()
    endless.refresh_from_db()
    assert (endless.state, endless.result) == ("cancelled", None)
    assert 0 < endless.page < ENDLESS_PAGES and document.page_count is None
    assert leaves_no_bytes(blob_dir)


def test_a_lost_lease(endless: Job, blob_dir: Path) -> None:
    thread = processing(endless)

    def is_taken_back() -> bool:  # unless the holder has just renewed it
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(state="running").update(lease_until=past)
        return sweep() == 1

    wait_until(is_taken_back)
    thread.join()
    endless.refresh_from_db()
    assert (endless.state, endless.attempt, endless.result) == ("queued", 1, None)
    assert leaves_no_bytes(blob_dir)
    assert not UsageRecord.objects.exists()


def test_a_stopping_worker_hands_back(endless: Job, blob_dir: Path) -> None:
    thread = processing(endless)
    request_stop()
    try:
        thread.join()
    finally:
        forget_stop()
    endless.refresh_from_db()
    assert (endless.state, endless.attempt, endless.page) == ("queued", 0, 0)
    assert endless.run_after <= timezone.now() and endless.dispatched_at is None
    assert leaves_no_bytes(blob_dir)


def test_a_lease_lost_at_the_last_moment(blob_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is stored already: its bytes go, and no row has heard of them."""
    job = make_job()

    def too_late(*given: Any) -> Job | None:
        Job.objects.update(lease_token=uuid.uuid4())
        return succeed(*given)

    monkeypatch.setattr(run, "succeed", too_late)
    assert process(job.pk) is None
    assert Job.objects.get(pk=job.pk).state == "running"
    assert leaves_no_bytes(blob_dir) and not UsageRecord.objects.exists()


def test_an_end_that_was_written_though_its_answer_was_lost(
    blob_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next try finds the lease gone, but the copy is the job's: it must stay."""
    job = make_job()

    def deaf(*given: Any) -> Job | None:
        if succeed(*given):
            raise OperationalError("The connection broke after the commit.")
        return None

    monkeypatch.setattr(run, "succeed", deaf)
    process(job.pk)
    job.refresh_from_db()
    assert job.state == "succeeded" and job.result_id
    assert job.result_id in set(blob_store().iter_ids())


def test_a_holder_that_sleeps_in_the_middle_of_its_end(
    blob_dir: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Its transaction has the row locked; the job is taken back all the same, once."""
    settings.JOB_LEASE_SECONDS = 2
    job, awake = make_job(), threading.Event()

    def sleepy(*given: Any) -> Job | None:
        with transaction.atomic():
            ended = succeed(*given)
            awake.wait()
        return ended

    monkeypatch.setattr(run, "succeed", sleepy)
    (thread,) = in_threads(lambda: process(job.pk))
    try:
        wait_until(lambda: sweep() > 0)
    finally:
        awake.set()
        thread.join()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.result) == ("queued", 1, None)
    assert leaves_no_bytes(blob_dir) and not UsageRecord.objects.exists()


def test_the_lease_is_kept_as_long_as_the_work_lasts(job: Job, settings: Any) -> None:
    settings.JOB_LEASE_SECONDS = 1.5
    thread = processing(job)
    until = Job.objects.get(pk=job.pk).lease_until
    wait_until(lambda: not thread.is_alive() or sweep() > 0 or moved(job, until))
    thread.join()
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("succeeded", 1)


def test_connections_lost_on_the_way_do_not_matter(job: Job) -> None:
    """As in a restart of the database: the work goes on, its end is written."""
    thread = processing(job)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    thread.join()
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("succeeded", 1)


def moved(job: Job, until: Any) -> bool:
    return Job.objects.get(pk=job.pk).lease_until not in (None, until)
