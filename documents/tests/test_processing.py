"""Doing the work, with the real engine in its sandbox."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import IntegrityError, OperationalError, connection, connections
from django.utils import timezone

from accounts.models import OutboxEvent, Tenant
from accounts.tests.factories import make_tenant
from billing.models import UsageRecord
from documents.models import Blob, Job
from documents.processing import run
from documents.processing.endings import StoredCopy, succeed
from documents.processing.lease import Step, beat, claim
from documents.processing.run import process
from documents.processing.stopping import forget_stop, request_stop
from documents.relay.sweep import sweep
from documents.services.jobs import cancel_job
from documents.storage import blob_store
from documents.tests.factories import make_blob, make_document, make_job, make_pdf, make_spec
from documents.tests.processes import wait_until

pytestmark = pytest.mark.django_db
# Work enough for the engine to be caught in the middle of it, and more than anybody waits for.
MANY_PAGES, ENDLESS_PAGES = 5_000, 60_000


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class TestClaim:
    def test_takes_the_job_and_a_lease(self, settings: Any) -> None:
        job = make_job()
        claimed = claim(job.pk)
        assert claimed
        assert (claimed.state, claimed.attempt, claimed.seq) == ("running", 1, job.seq + 1)
        left = claimed.lease_until - timezone.now()
        assert timedelta(0) < left <= timedelta(seconds=settings.JOB_LEASE_SECONDS)
        assert claim(job.pk) is None

    def test_not_before_its_time_and_not_unknown(self) -> None:
        early = make_job(run_after=timezone.now() + timedelta(minutes=1))
        assert claim(early.pk) is None
        assert claim(uuid.uuid4()) is None

    def test_the_start_is_that_of_the_first_attempt(self) -> None:
        started = timezone.now() - timedelta(hours=1)
        claimed = claim(make_job(started_at=started, attempt=1).pk)
        assert claimed and (claimed.started_at, claimed.attempt) == (started, 2)


@pytest.mark.django_db(transaction=True)
def test_of_eight_that_claim_at_once_one_wins() -> None:
    job = make_job()
    start = threading.Barrier(8)
    won: list[Job] = []

    def race() -> None:
        start.wait()
        if claimed := claim(job.pk):
            won.append(claimed)

    for thread in [in_thread(race) for _ in range(8)]:
        thread.join()
    assert len(won) == 1
    assert Job.objects.get(pk=job.pk).attempt == 1


class TestBeat:
    def test_extends_the_lease_and_tells_the_step(self, settings: Any) -> None:
        job = claim(make_job().pk)
        assert job
        almost_over = timezone.now() + timedelta(seconds=1)
        Job.objects.update(lease_until=almost_over)
        after = beat(job, Step("marking", 3, 10))
        assert after and after.lease_until > almost_over
        assert (after.stage, after.page, after.pages, after.seq) == ("marking", 3, 10, job.seq + 1)
        again = beat(job, Step("marking", 3, 10))
        assert again and again.seq == after.seq  # nothing to see

    def test_of_a_lost_lease_does_nothing(self) -> None:
        job = make_job(state="running")
        job.lease_token = uuid.uuid4()
        assert beat(job, Step("marking", 1, 2)) is None
        assert Job.objects.get().stage == ""


class TestSucceed:
    """The end is one transaction: a copy, its use, an event and the state, or nothing."""

    def claimed(self) -> tuple[Job, StoredCopy]:
        job = claim(make_job().pk)
        assert job
        blob = make_blob(job.tenant, b"marked")
        blob.delete()
        return job, StoredCopy(blob.pk or uuid.uuid4(), 6, "a" * 64, 3)

    def test_writes_everything(self) -> None:
        job, copy = self.claimed()
        Tenant.objects.update(retention_days=2)
        ended = succeed(job, copy)
        assert ended and ended.state == "succeeded" and ended.result_id == copy.blob_id
        assert (ended.percent, ended.lease_token) == (100, None)
        assert ended.expires_at and ended.finished_at
        kept_for = ended.expires_at - ended.finished_at
        assert timedelta(0) <= timedelta(days=2) - kept_for < timedelta(seconds=1)
        assert ended.document.page_count == 3
        source = ended.document.blob
        assert source
        used = dict(UsageRecord.objects.values_list("metric", "quantity"))
        assert used == {"documents": 1, "pages": 3, "bytes": source.size_bytes}
        assert set(UsageRecord.objects.values_list("source", flat=True)) == {f"job:{job.pk}"}
        event = OutboxEvent.objects.get()
        assert (event.type, event.payload["state"]) == ("job.succeeded", "succeeded")

    def test_writes_nothing_when_a_part_fails(self) -> None:
        job, copy = self.claimed()
        UsageRecord.objects.create(
            tenant=job.tenant, metric="pages", quantity=1, source=f"job:{job.pk}"
        )
        with pytest.raises(IntegrityError):
            succeed(job, copy)
        assert Job.objects.get(pk=job.pk).state == "running"
        assert not Blob.objects.filter(pk=copy.blob_id).exists()
        assert UsageRecord.objects.count() == 1
        assert not OutboxEvent.objects.exists()

    def test_writes_nothing_when_fenced_out(self) -> None:
        job, copy = self.claimed()
        Job.objects.update(lease_token=uuid.uuid4())
        assert succeed(job, copy) is None
        assert not Blob.objects.filter(pk=copy.blob_id).exists()
        assert not UsageRecord.objects.exists() and not OutboxEvent.objects.exists()


class TestProcess:
    def test_marks_a_document(self, blob_dir: Path) -> None:
        document = make_document(content=make_pdf(3))
        job = make_job(document, spec=make_spec("CONFIDENTIAL").as_dict())
        ended = process(job.pk)
        assert ended and ended.state == "succeeded", ended and ended.error_message
        assert ended.result and (ended.page, ended.pages) == (3, 3)
        with blob_store().local_file(ended.result.pk) as path:
            assert path.stat().st_size == ended.result.size_bytes
            with pikepdf.open(path) as pdf:
                assert len(pdf.pages) == 3
        assert process(job.pk) is None
        assert staged_files(blob_dir) == []

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"%PDF-1.4 and then nothing of the kind", "damaged"),
            (b"plain text", "not_a_pdf"),
            (make_pdf(3), "too_many_pages"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_is_wrong_with_a_document_is_for_good(
        self, blob_dir: Path, content: bytes, code: str
    ) -> None:
        job = make_job(make_document(make_tenant(max_pages=2), content=content))
        ended = process(job.pk)
        assert ended
        assert (ended.state, ended.error_code, ended.error_retryable) == ("failed", code, False)
        assert ended.error_message and ended.attempt == 1
        assert staged_files(blob_dir) == [] and len(list(blob_store().iter_ids())) == 1
        assert not UsageRecord.objects.exists()
        assert OutboxEvent.objects.get().type == "job.failed"

    def test_trouble_with_the_store_may_pass(self, blob_dir: Path) -> None:
        job = make_job()
        staging = blob_dir / "staging"
        for path in staging.iterdir() if staging.exists() else ():
            path.unlink()
        staging.rmdir()
        staging.write_text("A file where a directory should be.")
        after = process(job.pk)
        assert after and (after.state, after.attempt) == ("queued", 1)
        assert after.run_after > timezone.now()
        Job.objects.update(attempt=2, run_after=timezone.now())
        after = process(job.pk)
        assert after and (after.state, after.error_code) == ("failed", "storage_error")
        assert after.error_retryable

    def test_missing_bytes_are_for_good(self) -> None:
        document = make_document()
        assert document.blob
        blob_store().delete(document.blob.pk)
        ended = process(make_job(document).pk)
        assert ended and (ended.state, ended.error_code) == ("failed", "document_missing")

    def test_a_deleted_document_is_not_marked(self) -> None:
        ended = process(make_job(make_document(deleted_at=timezone.now())).pk)
        assert ended and (ended.state, ended.error_code) == ("failed", "document_deleted")

    def test_a_stopping_worker_begins_nothing(self) -> None:
        job = make_job(dispatched_at=timezone.now())
        request_stop()
        try:
            assert process(job.pk) is None
        finally:
            forget_stop()
        job.refresh_from_db()
        assert (job.state, job.dispatched_at) == ("queued", None)


def staged_files(blob_dir: Path) -> list[Path]:
    return list((blob_dir / "staging").iterdir())


@pytest.mark.django_db(transaction=True)
class TestInterruption:
    """What happens to work that is going on."""

    @pytest.fixture
    def job(self, blob_dir: Path) -> Job:
        return make_job(make_document(content=make_pdf(MANY_PAGES)))

    @pytest.fixture
    def endless(self, blob_dir: Path) -> Job:
        tenant = make_tenant(max_pages=ENDLESS_PAGES)
        return make_job(make_document(tenant, content=make_pdf(ENDLESS_PAGES)))

    def processing(self, job: Job) -> threading.Thread:
        thread = in_thread(lambda: process(job.pk))
        wait_until(lambda: Job.objects.get(pk=job.pk).page > 0)
        return thread

    def leaves_no_bytes(self, blob_dir: Path) -> bool:
        return staged_files(blob_dir) == [] and len(list(blob_store().iter_ids())) == 1

    def test_cancel(self, endless: Job, blob_dir: Path) -> None:
        thread = self.processing(endless)
        endless.refresh_from_db()
        document = endless.document
        cancel_job(principal=staff_user(), job=endless)
        thread.join()
        endless.refresh_from_db()
        assert (endless.state, endless.result) == ("cancelled", None)
        assert 0 < endless.page < ENDLESS_PAGES and document.page_count is None
        assert self.leaves_no_bytes(blob_dir)

    def test_a_lost_lease(self, endless: Job, blob_dir: Path) -> None:
        thread = self.processing(endless)
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep()
        thread.join()
        endless.refresh_from_db()
        assert (endless.state, endless.attempt, endless.result) == ("queued", 1, None)
        assert self.leaves_no_bytes(blob_dir)
        assert not UsageRecord.objects.exists()

    def test_a_stopping_worker_hands_back(self, endless: Job, blob_dir: Path) -> None:
        thread = self.processing(endless)
        request_stop()
        try:
            thread.join()
        finally:
            forget_stop()
        endless.refresh_from_db()
        assert (endless.state, endless.attempt, endless.page) == ("queued", 0, 0)
        assert endless.run_after <= timezone.now() and endless.dispatched_at is None
        assert self.leaves_no_bytes(blob_dir)

    def test_a_lease_lost_at_the_last_moment(
        self, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The copy is stored already: its bytes go, and no row has heard of them."""
        job = make_job()

        def too_late(*given: Any) -> Job | None:
            Job.objects.update(lease_token=uuid.uuid4())
            return succeed(*given)

        monkeypatch.setattr(run, "succeed", too_late)
        assert process(job.pk) is None
        assert Job.objects.get(pk=job.pk).state == "running"
        assert self.leaves_no_bytes(blob_dir) and not UsageRecord.objects.exists()

    def test_an_end_that_was_written_though_its_answer_was_lost(
        self, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
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

    def test_the_lease_is_kept_as_long_as_the_work_lasts(self, job: Job, settings: Any) -> None:
        settings.JOB_LEASE_SECONDS = 1.5
        thread = self.processing(job)
        until = Job.objects.get(pk=job.pk).lease_until
        wait_until(lambda: not thread.is_alive() or sweep() > 0 or moved(job, until))
        thread.join()
        job.refresh_from_db()
        assert (job.state, job.attempt) == ("succeeded", 1)

    def test_connections_lost_on_the_way_do_not_matter(self, job: Job) -> None:
        """As in a restart of the database: the work goes on, its end is written."""
        thread = self.processing(job)
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


def staff_user() -> Any:
    from accounts.tests.factories import make_user

    return make_user(is_staff=True)
