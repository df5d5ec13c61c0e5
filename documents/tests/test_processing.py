"""Doing the work, with the real engine in its sandbox."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import OutboxEvent, Tenant
from accounts.tests.factories import make_tenant
from billing.models import UsageRecord
from documents.models import Blob, Job
from documents.processing.endings import StoredCopy, succeed
from documents.processing.lease import Step, beat, claim
from documents.processing.run import process
from documents.processing.stopping import forget_stop, request_stop
from documents.storage import blob_store
from documents.tests.factories import make_blob, make_document, make_job, make_pdf, make_spec
from documents.tests.processes import in_threads
from documents.tests.watermark.rendering import text_of

pytestmark = pytest.mark.django_db


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

    for thread in in_threads(race, 8):
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

    def test_variables_stand_for_what_the_job_knows(self) -> None:
        text = "{{ document.title }}|{{ org.name }}|{{ date }}T{{ time }}|{{ page }}/{{ pages }}"
        document = make_document(make_tenant("Acmé"), content=make_pdf(3), title="{{ page }}\nB")
        job = make_job(document, spec=make_spec(text).as_dict())
        before = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")
        ended = process(job.pk)
        assert ended and ended.result, ended and ended.error_message
        with blob_store().local_file(ended.result.pk) as path:
            title, tenant, moment, page = text_of(path.read_bytes(), 1).strip().split("|")
        assert (title, tenant, page) == ("{{ page }} B", "Acmé", "2/3")
        assert before <= moment <= datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")

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
