"""``webhook_url``: the end of one job or batch, told to an address of its own."""

from __future__ import annotations

import json

import pytest

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.webhooks.publishing import publish_events
from documents.models import Batch, Job
from documents.services.batches import cancel_batch, retry_failed
from documents.services.jobs import cancel_job, retry_job
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document

URL = "https://hooks.example.com/jobs/17?token=abc"


@pytest.fixture
def path(tenant):
    return f"/api/v1/documents/{make_document(tenant).id}/watermark/"


def told():
    publish_events()
    rows = WebhookDelivery.objects.order_by("created_at", "event_id")
    return [(each.event_type, each.url) for each in rows]


def test_the_end_is_told_and_nothing_else(api, path, owner):
    answer = api.send_json(path, {"watermark_text": "Secret", "webhook_url": URL})
    assert answer.status_code == 202 and "webhook_url" not in answer.json()["config"]
    assert told() == []
    job = Job.objects.get()
    cancel_job(principal=owner.principal, job=job)
    assert told() == [("job.cancelled", URL)]
    assert WebhookEndpoint.objects.get().kind == "callback"


def test_it_is_read_back_without_what_may_be_secret(api, path):
    assert api.send_json(path, {"watermark_text": "Secret"}).json()["webhook_url"] is None
    answer = api.send_json(path, {"watermark_text": "Secret", "webhook_url": URL})
    shown = api.get(f"/api/v1/jobs/{answer.json()['id']}/").json()["webhook_url"]
    assert shown == answer.json()["webhook_url"] == "https://hooks.example.com/"


def test_trying_again_tells_the_same_address(api, path, owner):
    api.send_json(path, {"watermark_text": "Secret", "webhook_url": URL})
    cancel_job(principal=owner.principal, job=Job.objects.get())
    again = retry_job(principal=owner.principal, job=Job.objects.get())
    cancel_job(principal=owner.principal, job=again)
    assert told() == [("job.cancelled", URL)] * 2
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize("kind", ["form", "upload"])
def test_forms_name_it_too(api, path, kind):
    fields = {"watermark_text": "Secret", "webhook_url": URL}
    if kind == "form":
        answer = api.post(path, fields)
    else:
        answer = api.post("/api/v1/watermark/", **handed_over(staged_file(), **fields))
    assert answer.status_code == 202, answer.content
    assert Job.objects.get().webhook_url == URL


def test_without_it_nothing_changes(api, path):
    api.post(path, {"watermark_text": "Secret", "webhook_url": ""})
    assert Job.objects.get().webhook_url == ""
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://127.0.0.1/", "x", 7, None])
def test_a_bad_address_is_told_with_the_other_bad_fields(api, path, url):
    answer = api.send_json(path, {"watermark_text": "S", "webhook_url": url, "opacity": 2})
    assert answer.status_code == 422
    named = {each["loc"][-1] for each in answer.json()["detail"]}
    assert named == {"webhook_url", "opacity"}
    assert not Job.objects.exists()


def test_the_default_mark_tells_its_end_too(api, tenant, owner):
    body = {"doc_id": str(make_document(tenant).id), "webhook_url": URL}
    assert api.send_json("/api/v1/process/", body).status_code == 202
    cancel_job(principal=owner.principal, job=Job.objects.get())
    assert told() == [("job.cancelled", URL)]


MARK = {"watermark_text": "Secret"}
MARKED = {"operation": "watermark", "config": MARK}


def opened(api, tenant, about):
    return api.send_json("/api/v1/batches/", {"config": MARK, **about})


def of_stored(api, tenant, about):
    ids = [str(make_document(tenant).id) for _ in range(2)]
    asked = {"document_ids": ids, "operations": [MARKED], **about}
    return api.send_json("/api/v1/documents/batch/process/", asked)


def of_files(api, tenant, about):
    files = staged_file(), staged_file()
    form = handed_over(*files, field="files", watermark_config=json.dumps(MARK), **about)
    return api.post("/api/v1/documents/batch/watermark/", **form)


WAYS = [opened, of_stored, of_files]


@pytest.mark.parametrize("ask", WAYS)
def test_a_batch_tells_its_own_end_alone(api, tenant, owner, ask):
    answer = ask(api, tenant, {"webhook_url": URL})
    assert answer.status_code in (201, 202), answer.content
    assert answer.json()["webhook_url"] == "https://hooks.example.com/"
    assert told() == []
    cancel_batch(principal=owner.principal, batch_id=Batch.objects.get().pk)
    assert told() == [("batch.cancelled", URL)]
    assert WebhookEndpoint.objects.get().kind == "callback"


@pytest.mark.parametrize("ask", WAYS)
def test_a_batch_names_every_bad_field(api, tenant, ask):
    answer = ask(api, tenant, {"webhook_url": "http://10.0.0.1/", "title": "t" * 300})
    assert answer.status_code == 422
    assert {each["loc"][-1] for each in answer.json()["detail"]} == {"webhook_url", "title"}
    assert not Batch.objects.exists()


def test_each_end_of_a_batch_is_told(api, tenant, owner):
    of_stored(api, tenant, {"webhook_url": URL})
    batch_id = Batch.objects.get().pk
    cancel_batch(principal=owner.principal, batch_id=batch_id)
    retry_failed(principal=owner.principal, batch_id=batch_id)
    cancel_batch(principal=owner.principal, batch_id=batch_id)
    assert told() == [("batch.cancelled", URL)] * 2


def test_a_batch_without_it_tells_nobody(api, tenant):
    assert opened(api, tenant, {"webhook_url": ""}).json()["webhook_url"] is None
    assert not WebhookEndpoint.objects.exists()
