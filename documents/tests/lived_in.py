"""Two workspaces in which a bit of everything has happened, for tests of what must stay true."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import User
from accounts.services.webhook_endpoints import send_test
from accounts.tests.cast import Person
from accounts.tests.factories import make_webhook_endpoint
from accounts.webhooks.attempting import Outcome
from accounts.webhooks.sending import Sender
from billing.services.crediting import credit_invoice
from billing.tests.factories import make_invoice
from documents.models import Document, Job
from documents.processing.run import process
from documents.services.documents import create_document, delete_document, purge_deleted
from documents.services.jobs import cancel_job, submit_job
from documents.services.uploads import document_of_upload
from documents.tests.conftest import Queue
from documents.tests.factories import make_asset, make_pdf, make_preset, make_spec, make_upload
from documents.tests.test_document_services import stage


@pytest.fixture
def world(owner: Person, stranger: Person, blob_dir: Path, queue: Queue) -> dict[str, Job]:
    """A bit of everything that can happen, through the doors that it happens through."""
    jobs = {}
    for person in (owner, stranger):
        whole = document_of(person, make_pdf(2))
        damaged = document_of(person, b"%PDF-1.7 and then nothing")
        jobs = {
            "succeeded": job_of(person, whole),
            "failed": job_of(person, damaged),
            "cancelled": job_of(person, whole),
            "running": job_of(person, whole),
            "queued": job_of(person, whole),
        }
        process(jobs["succeeded"].pk)
        process(jobs["failed"].pk)
        cancel_job(principal=person.principal, job=jobs["cancelled"])
        Job.objects.filter(pk=jobs["running"].pk).update(
            **{"state": "running", "attempt": 1, "started_at": transaction_time()},
            **{"lease_token": uuid4(), "lease_until": transaction_time(seconds=30)},
        )
        delete_document(principal=person.principal, document=document_of(person, make_pdf()))
        make_upload(person.tenant, content=b"%PDF-", size_bytes=5)
        whole = make_upload(person.tenant, content=make_pdf(), size_bytes=len(make_pdf()))
        document_of_upload(principal=person.principal, upload_id=whole.pk)
        make_preset(person.tenant, is_default=True)
        make_preset(person.tenant)
        credit_invoice(
            actor=User(is_staff=True), invoice=make_invoice(person.tenant), reason="x", net=4_321
        )
        asset = make_asset(person.tenant)
        Job.objects.filter(pk=jobs["queued"].pk).update(asset_ids=[asset.pk])
        told(person)
    assert purge_deleted() == 2
    assert {name: Job.objects.get(pk=job.pk).state for name, job in jobs.items()} == {
        name: name for name in jobs
    }
    return jobs


def told(person: Person) -> None:
    """Have deliveries of all kinds, of events that only tests send."""
    endpoint, _ = make_webhook_endpoint(person.tenant, event_types=["job.expired"])
    for outcome in ({"status": 200}, {"error": "timed_out"}):
        send_test(principal=person.principal, endpoint_id=endpoint.pk)
        Sender(Event(), make=lambda _, how=outcome: Outcome("x", 1, **how)).run_once()
    send_test(principal=person.principal, endpoint_id=endpoint.pk)


def document_of(person: Person, content: bytes) -> Document:
    return create_document(principal=person.principal, staged=stage(content))


def job_of(person: Person, document: Document) -> Job:
    return submit_job(principal=person.principal, document=document, spec=make_spec())


def transaction_time(seconds: int = 0) -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp() + make_interval(secs => %s)", [seconds])
        return cursor.fetchone()[0]
