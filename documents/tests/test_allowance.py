"""What jobs hold and use of the tenant's month, and what happens when it is used up."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from accounts.models import OutboxEvent, Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from billing.models import Quota, UsageRecord
from billing.services.quota import QuotaExceeded
from config.tests.conformance import ApiClient
from documents.models import Blob, Job
from documents.processing.endings import StoredCopy, cancel, fail, fail_or_requeue, succeed
from documents.processing.failures import INTERNAL
from documents.processing.lease import claim
from documents.processing.run import process
from documents.services.jobs import cancel_job, retry_job, submit_job
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job, make_pdf, make_spec

pytestmark = pytest.mark.django_db


def claimed(job: Job) -> Job:
    running = claim(job.pk)
    assert running
    return running


class TestAllowance:
    def used(self, person: Person) -> tuple[int, int, int, int]:
        row = Quota.objects.get(tenant=person.tenant)
        return row.documents_used, row.documents_reserved, row.pages_used, row.pages_reserved

    def test_a_job_holds_its_pages_until_it_ends(self, owner: Person) -> None:
        document = make_document(owner.tenant, page_count=7)
        jobs = [
            submit_job(principal=owner.principal, document=document, spec=make_spec())
            for _ in range(3)
        ]
        assert self.used(owner) == (0, 3, 0, 21)
        cancel_job(principal=owner.principal, job=jobs[0])
        assert self.used(owner) == (0, 2, 0, 14)
        fail(claimed(jobs[1]), INTERNAL)
        assert self.used(owner) == (0, 1, 0, 7)
        running = claimed(jobs[2])
        cancel_job(principal=owner.principal, job=running)
        assert self.used(owner) == (0, 1, 0, 7)  # its worker has not stopped yet
        cancel(running)
        assert self.used(owner) == (0, 0, 0, 0)

    def test_trying_again_keeps_what_is_held(self, owner: Person) -> None:
        job = submit_job(
            principal=owner.principal, document=make_document(owner.tenant), spec=make_spec()
        )
        fail_or_requeue(claimed(job), INTERNAL)
        assert self.used(owner) == (0, 1, 0, 1)

    def test_the_end_charges_what_was_counted(self, owner: Person) -> None:
        job = submit_job(
            principal=owner.principal, document=make_document(owner.tenant), spec=make_spec()
        )
        succeed(claimed(job), StoredCopy(uuid4(), 10, "0" * 64, pages=9))
        assert self.used(owner) == (1, 0, 9, 0)
        charged = Quota.objects.get()
        assert set(UsageRecord.objects.values_list("quota", flat=True)) == {charged.pk}

    def test_no_job_when_the_month_is_used_up(self, owner: Person, queue: Queue) -> None:
        Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_documents=1)
        document = make_document(owner.tenant)
        submit_job(principal=owner.principal, document=document, spec=make_spec())
        with pytest.raises(QuotaExceeded):
            submit_job(principal=owner.principal, document=document, spec=make_spec())
        with pytest.raises(QuotaExceeded):
            retry_job(principal=owner.principal, job=make_job(document, state="failed"))
        assert Job.objects.filter(state="queued").count() == 1
        assert OutboxEvent.objects.filter(type="job.queued").count() == 1


def test_a_document_with_more_pages_than_are_left_fails_and_leaves_nothing(
    owner: Person, blob_dir: Path
) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_pages=5)
    document = make_document(owner.tenant, content=make_pdf(6))
    before = set(Blob.objects.values_list("pk", flat=True))
    job = submit_job(principal=owner.principal, document=document, spec=make_spec())
    after = process(job.pk)
    assert after
    assert (after.state, after.error_code, after.error_retryable) == (
        "failed", "quota_exceeded", False,
    )  # fmt: skip
    assert "6 pages" in after.error_message
    assert set(Blob.objects.values_list("pk", flat=True)) == before
    assert len([path for path in blob_dir.rglob("*") if path.is_file()]) == len(before)
    month = Quota.objects.get()
    assert (month.pages_used, month.pages_reserved, month.documents_reserved) == (0, 0, 0)
    assert not UsageRecord.objects.exists()


def test_the_api_says_what_is_used_up(owner: Person) -> None:
    api = ApiClient(make_api_key(owner.tenant)[1])
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_documents=1)
    path = f"/api/v1/documents/{make_document(owner.tenant).pk}/watermark/"
    assert api.send_json(path, {"watermark_text": "x"}).status_code == 202
    refused = api.send_json(path, {"watermark_text": "x"})
    assert (refused.status_code, refused.json()["type"]) == (402, "quota_exceeded")
    assert "allows 1 documents a month" in refused.json()["detail"]


def test_the_pages_say_so_too(owner: Person) -> None:
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_documents=0)
    document = make_document(owner.tenant)
    form = owner.client.post(f"/documents/{document.pk}/watermark/", {"watermark_text": "x"})
    assert form.status_code == 402
    assert "Your plan allows 0 documents a month" in form.content.decode()

    failed = make_job(document, state="failed", error_code="quota_exceeded")
    shown = owner.client.get(f"/jobs/{failed.pk}/").content.decode()
    assert f'action="/jobs/{failed.pk}/retry/"' in shown
    again = owner.client.post(f"/jobs/{failed.pk}/retry/", follow=True)
    assert "Your plan allows 0 documents a month" in again.content.decode()


def test_what_refuses_tells_unit_and_figures(owner: Person) -> None:
    api = ApiClient(make_api_key(owner.tenant)[1])
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_pages=1_000)
    document = make_document(owner.tenant, page_count=900)
    path = f"/api/v1/documents/{document.pk}/watermark/"
    assert api.send_json(path, {"watermark_text": "x"}).json()["charge"] == {
        "state": "reserved",
        "documents": 1,
        "pages": None,
    }
    refused = api.send_json(path, {"watermark_text": "x"})
    told = {name: refused.json()[name] for name in ("type", "unit", "limit", "used", "reserved")}
    assert told == {
        "type": "quota_exceeded",
        "unit": "pages",
        "limit": 1000,
        "used": 0,
        "reserved": 900,
    }
    assert refused.status_code == 402
