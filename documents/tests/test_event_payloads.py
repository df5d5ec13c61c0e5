"""What tenants are told is what the OpenAPI document says: each type of event, made for real."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.models.functions import Now

from accounts.models import OutboxEvent, WebhookEndpoint
from accounts.services.webhook_endpoints import disable_failed, send_test
from accounts.tests.cast import Person
from accounts.tests.factories import make_user, make_webhook_endpoint
from accounts.webhooks.messages import body_of
from accounts.webhooks.publishing import publish_events
from billing.services.crediting import credit_invoice
from billing.services.payments import record_payment
from billing.services.subscriptions import change_plan
from billing.tests.factories import make_invoice
from config.tests.conformance import openapi, schema_errors
from documents.models import Job
from documents.processing.run import process
from documents.relay.expiry import expire_waiting
from documents.services.batch_items import mark_uploads, process_documents
from documents.services.batches import cancel_batch
from documents.services.documents import delete_document
from documents.tests.conftest import Queue
from documents.tests.factories import make_pdf, make_spec
from documents.tests.lived_in import document_of, job_of
from documents.tests.test_document_services import stage

DAMAGED = b"%PDF-1.7 and then nothing"


def everything_happens(owner: Person) -> None:
    """Make an event of each type, through the doors that lead to it."""
    principal, spec = owner.principal, make_spec()
    gone, _ = make_webhook_endpoint(owner.tenant)
    endpoint, _ = make_webhook_endpoint(owner.tenant)
    send_test(principal=principal, endpoint_id=endpoint.pk)
    disable_failed(endpoint_id=gone.pk, reason=WebhookEndpoint.DisabledReason.GONE)

    owner.tenant.monthly_documents = 4
    owner.tenant.save()
    for files in ([make_pdf()], [DAMAGED], [make_pdf(2), b"GIF\0\xff"]):
        batch = mark_uploads(principal=principal, files=[stage(each) for each in files], spec=spec)
        process(Job.objects.get(batch=batch).pk)
    kept, deleted = document_of(owner, make_pdf()), document_of(owner, make_pdf())
    batch = process_documents(principal=principal, document_ids=[kept.pk, deleted.pk], spec=spec)
    cancel_batch(principal=principal, batch_id=batch.pk)
    delete_document(principal=principal, document=deleted)
    waiting = job_of(owner, kept)
    Job.objects.filter(pk=waiting.pk).update(created_at=Now() - timedelta(days=2))
    assert expire_waiting() == 1

    change_plan(principal=principal, plan_code="pro")
    invoice = make_invoice(owner.tenant)
    staff = make_user("staff@countermark.example", is_staff=True, is_superuser=True)
    today = datetime.now(UTC).date()
    record_payment(actor=staff, invoice=invoice, amount=invoice.total, paid_on=today)
    credit_invoice(actor=staff, invoice=invoice, reason="A favour", net=4_321)


def described(event_type: str) -> dict[str, Any]:
    asked = openapi()["webhooks"][event_type]["post"]
    schema: dict[str, Any] = asked["requestBody"]["content"]["application/json"]["schema"]
    return schema


@pytest.mark.django_db
def test_every_type_of_event_is_as_described(owner: Person, blob_dir: Path, queue: Queue) -> None:
    everything_happens(owner)
    publish_events()
    events = list(OutboxEvent.objects.filter(tenant=owner.tenant, published_at__isnull=False))
    assert {event.type for event in events} == openapi()["webhooks"].keys()
    for event in events:
        body = json.loads(body_of(event))
        assert schema_errors(described(event.type), body) == [], event.type
        assert UUID(body["id"]) == event.public_id


def test_the_descriptions_notice() -> None:
    body = {"id": "7", "type": "document.deleted", "timestamp": "yesterday", "data": {}}
    assert len(schema_errors(described("document.deleted"), body)) >= 3
