"""Batches through the API: filled, started, cancelled, tried again, listed."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OutboxEvent, Tenant
from billing.models import Quota
from documents.models import Batch, BatchItem, Document, Job
from documents.processing.endings import cancel
from documents.processing.lease import claim
from documents.processing.run import process
from documents.services.documents import delete_document
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_batch, make_document, make_pdf

LIST = "/api/v1/batches/"
MARK = {"watermark_text": "Secret"}


def one(batch, action=""):
    return f"{LIST}{batch['id'] if isinstance(batch, dict) else batch.pk}/{action}"


def process_these(api, *documents, **more):
    ids = [str(each.pk) for each in documents]
    body = {"document_ids": ids, "operations": [{"operation": "watermark", "config": MARK}]}
    return api.send_json("/api/v1/documents/batch/process/", {**body, **more})


def upload(api, *files, **fields):
    fields = {"watermark_config": '{"watermark_text": "Secret"}', **fields}
    return api.post(
        "/api/v1/documents/batch/watermark/", **handed_over(*files, field="files", **fields)
    )


def work(batch_id, *, times=1):
    """Do the jobs of a batch that wait, as workers do."""
    for job in Job.objects.filter(batch_id=batch_id, state="queued"):
        process(job.pk)


@pytest.fixture
def opened(api):
    return api.send_json(LIST, {"title": " My  batch ", "config": MARK}).json()


class TestStoredDocuments:
    def test_are_queued_in_their_order(self, api, tenant):
        documents = [make_document(tenant) for _ in range(3)]
        answer = process_these(api, *documents, title="Three")
        body = answer.json()
        assert (answer.status_code, answer["Location"]) == (202, one(body))
        assert (body["state"], body["title"]) == ("running", "Three")
        assert body["counts"] == {
            "total": 3, "pending": 3, "succeeded": 0, "failed": 0, "cancelled": 0, "expired": 0,
        }  # fmt: skip
        jobs = Job.objects.order_by("run_after", "id")
        assert [job.document_id for job in jobs] == [each.pk for each in documents]
        assert {str(job.batch_id) for job in jobs} == {body["id"]}
        items = api.get(one(body, "items/")).json()["results"]
        assert [item["document_id"] for item in items] == [str(each.pk) for each in documents]
        assert [item["position"] for item in items] == [1, 2, 3]
        assert Quota.objects.get().documents_reserved == 3

    def test_end_with_the_last(self, api, tenant):
        good, damaged = make_document(tenant), make_document(tenant, content=b"%PDF-1.7 nothing")
        batch = process_these(api, good, damaged).json()
        work(batch["id"])
        body = api.get(one(batch)).json()
        assert (body["state"], body["percent"]) == ("completed_with_errors", 100)
        assert (body["counts"]["succeeded"], body["counts"]["failed"]) == (1, 1)
        assert body["archive_url"] and body["finished_at"]
        told = OutboxEvent.objects.filter(subject=f"batch:{batch['id']}").order_by("id")
        assert [event.type for event in told] == ["batch.started", "batch.completed_with_errors"]
        bad = api.get(one(batch, "items/?state=failed")).json()["results"]
        assert [(item["position"], item["error"]["code"]) for item in bad] == [(2, "damaged")]

    def test_several_operations_are_layers_of_one_copy(self, api, tenant):
        operations = [
            {"operation": "watermark", "config": {**MARK, "strength": "sealed"}},
            {"operation": "watermark", "config": {"watermark_text": "Draft", "position": "tile"}},
        ]
        body = process_these(api, make_document(tenant), operations=operations).json()
        assert body["config"]["watermark_text"] == "Secret"
        assert [each["watermark_text"] for each in body["config"]["layers"]] == ["Draft"]
        assert body["config"]["strength"] == "sealed"
        work(body["id"])
        assert api.get(one(body)).json()["state"] == "completed"

    def test_what_is_wrong_is_told_of_each(self, api, tenant):
        document = make_document(tenant)
        wrong = [{"operation": "watermark", "config": {"opacity": 2}}, {"operation": "shred"}]
        answer = process_these(api, document, operations=wrong[:1])
        places = [problem["loc"] for problem in answer.json()["detail"]]
        assert ["body", "operations", "0", "config", "opacity"] in places
        assert process_these(api, document, operations=wrong[1:]).status_code == 422
        for nonsense in ([1], "DRAFT", 7, True, False, ""):
            wrong = [{"operation": "watermark", "config": nonsense}]
            (problem,) = process_these(api, document, operations=wrong).json()["detail"]
            assert problem["loc"] == ["body", "operations", "0", "config"]
            answer = api.send_json(LIST, {"title": "Mine", "config": nonsense})
            (problem,) = answer.json()["detail"]
            assert (answer.status_code, problem["loc"]) == (422, ["body", "config"])
        late = [
            {"operation": "watermark", "config": MARK},
            {"operation": "watermark", "config": {**MARK, "strength": "sealed"}},
        ]
        assert process_these(api, document, operations=late).status_code == 422
        answer = process_these(api, document, document)
        assert answer.json()["detail"][0]["loc"] == ["body", "document_ids", 1]
        assert process_these(api).status_code == 422
        assert process_these(api, *[document] * 1001).status_code == 422
        assert not Batch.objects.exists()

    def test_unknown_and_foreign_ones_are_missing(self, api, tenant, stranger):
        mine, foreign = make_document(tenant), make_document(stranger.tenant)
        answers = [process_these(api, mine, foreign)]
        foreign.pk = uuid.uuid4()
        answers.append(process_these(api, mine, foreign))
        assert [answer.status_code for answer in answers] == [404, 404]
        assert "1 of 2 documents, the first of them document_ids[1]" in answers[0].json()["detail"]
        assert not Batch.objects.exists()

    def test_all_or_nothing_of_the_allowance(self, api, tenant):
        Tenant.objects.filter(pk=tenant.pk).update(monthly_documents=2)
        documents = [make_document(tenant) for _ in range(3)]
        answer = process_these(api, *documents)
        assert (answer.status_code, answer.json()["type"]) == (402, "quota_exceeded")
        assert not Batch.objects.exists() and not Job.objects.exists()
        assert process_these(api, *documents[:2]).status_code == 202


class TestUploads:
    def test_are_kept_and_marked(self, api, tenant):
        files = [staged_file(make_pdf(2), f"{name}.pdf") for name in "abc"]
        answer = upload(api, *files, title="Files")
        assert answer.status_code == 202
        work(answer.json()["id"])
        body = api.get(one(answer.json())).json()
        assert (body["state"], body["counts"]["succeeded"]) == ("completed", 3)
        names = [item["file_name"] for item in api.get(one(body, "items/")).json()["results"]]
        assert names == ["a.pdf", "b.pdf", "c.pdf"]
        assert Document.objects.count() == 3
        assert OutboxEvent.objects.filter(type="document.created").count() == 3

    def test_a_bad_one_harms_no_other(self, api):
        files = [
            staged_file(name="good.pdf"),
            staged_file(b"GIF89a\0\xff", "=bad.pdf"),
            staged_file(b"", "e"),
        ]
        batch = upload(api, *files).json()
        assert (batch["counts"]["failed"], batch["counts"]["pending"]) == (2, 1)
        work(batch["id"])
        assert api.get(one(batch)).json()["state"] == "completed_with_errors"
        items = api.get(one(batch, "items/")).json()["results"]
        assert [item["state"] for item in items] == ["succeeded", "failed", "failed"]
        assert items[1]["error"]["code"] == "unsupported_format" and items[1]["document_id"] is None

    def test_nothing_but_bad_ones_end_at_once(self, api):
        body = upload(api, staged_file(b"GIF89a\0\xff")).json()
        assert (body["state"], body["counts"]["failed"]) == ("failed", 1)
        types = OutboxEvent.objects.filter(type__startswith="batch").values_list("type", flat=True)
        assert sorted(types) == ["batch.failed", "batch.started"]

    def test_what_is_wrong_is_told_at_once(self, api):
        answer = upload(api, watermark_config='{"opacity": 7}', colour="red")
        places = {".".join(problem["loc"]) for problem in answer.json()["detail"]}
        assert places == {
            "body.colour",
            "body.files",
            "body.watermark_config.opacity",
            "body.watermark_config.watermark_text",
        }
        assert upload(api, staged_file(), watermark_config="{").status_code == 422


class TestFilledOneByOne:
    def test_from_open_to_completed(self, api, tenant, opened):
        assert (opened["state"], opened["title"]) == ("open", "My batch")
        stored = make_document(tenant)
        api.send_json(one(opened, "items/"), {"document_id": str(stored.pk), "client_ref": "one"})
        sent = api.post(one(opened, "items/"), **handed_over(staged_file(), client_ref="two"))
        assert (sent.status_code, sent.json()["state"]) == (201, "pending")
        body = api.post(one(opened, "start/")).json()
        assert (body["state"], body["counts"]["total"]) == ("running", 2)
        work(opened["id"])
        assert api.get(one(opened)).json()["state"] == "completed"

    def test_the_second_of_a_name_is_the_first_again(self, api, tenant, opened):
        def add(**extra):
            return api.post(
                one(opened, "items/"), **handed_over(staged_file(), client_ref="a"), **extra
            )

        first, again = add(), add()
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        stored = {"document_id": str(make_document(tenant).pk), "client_ref": "a"}
        assert api.send_json(one(opened, "items/"), stored).json()["id"] == first.json()["id"]
        assert Document.objects.count() == 2 and BatchItem.objects.count() == 1

    def test_a_bad_file_is_an_item_that_failed(self, api, opened):
        item = api.post(one(opened, "items/"), **handed_over(staged_file(b"GIF\0\xff"))).json()
        assert (item["state"], item["error"]["code"]) == ("failed", "unsupported_format")
        assert api.post(one(opened, "start/")).json()["state"] == "failed"

    def test_nothing_more_once_it_was_started(self, api, tenant, opened):
        item = {"document_id": str(make_document(tenant).pk)}
        assert api.post(one(opened, "start/")).json()["type"] == "batch_empty"
        api.send_json(one(opened, "items/"), item)
        first, again = (api.post(one(opened, "start/")).json() for _ in range(2))
        assert first["id"] == again["id"] and Job.objects.count() == 1
        for answer in (
            api.send_json(one(opened, "items/"), item),
            api.post(one(opened, "items/"), **handed_over(staged_file())),
        ):
            assert (answer.status_code, answer.json()["type"]) == (409, "batch_not_open")

    def test_a_thousand_and_one_are_too_many(self, api, tenant, opened):
        Batch.objects.filter(pk=opened["id"]).update(total=1000)
        answer = api.send_json(
            one(opened, "items/"), {"document_id": str(make_document(tenant).pk)}
        )
        (problem,) = answer.json()["detail"]
        assert (answer.status_code, problem["type"]) == (422, "too_many_items")

    def test_a_document_deleted_meanwhile_has_failed(self, api, owner, tenant, opened):
        documents = [make_document(tenant) for _ in range(2)]
        for each in documents:
            api.send_json(one(opened, "items/"), {"document_id": str(each.pk)})
        delete_document(principal=owner.principal, document=documents[0])
        body = api.post(one(opened, "start/")).json()
        assert (body["counts"]["failed"], body["counts"]["pending"]) == (1, 1)
        items = api.get(one(opened, "items/")).json()["results"]
        assert items[0]["error"]["code"] == "document_deleted"


class TestCancelling:
    def test_what_waits_ends_at_once(self, api, tenant):
        batch = process_these(api, *[make_document(tenant) for _ in range(3)]).json()
        process(Job.objects.order_by("id")[0].pk)
        body = api.post(one(batch, "cancel/")).json()
        assert (body["state"], body["counts"]["cancelled"]) == ("cancelled", 2)
        assert body["counts"]["succeeded"] == 1 and body["archive_url"]
        assert Quota.objects.get().documents_reserved == 0
        answer = api.post(one(batch, "cancel/"))
        assert (answer.status_code, answer.json()["type"]) == (409, "batch_ended")

    def test_what_runs_is_asked_to_stop(self, api, tenant):
        batch = process_these(api, make_document(tenant), make_document(tenant)).json()
        running = claim(Job.objects.order_by("id")[0].pk)
        body = api.post(one(batch, "cancel/")).json()
        assert (body["state"], body["cancel_requested"]) == ("running", True)
        assert body["counts"]["cancelled"] == 1
        cancel(running)
        assert api.get(one(batch)).json()["state"] == "cancelled"

    def test_an_open_one_is_dropped(self, api, tenant, opened):
        api.send_json(one(opened, "items/"), {"document_id": str(make_document(tenant).pk)})
        body = api.post(one(opened, "cancel/")).json()
        assert (body["state"], body["counts"]["cancelled"]) == ("cancelled", 1)
        (item,) = api.get(one(opened, "items/")).json()["results"]
        assert item["state"] == "cancelled"
        assert api.post(one(opened, "start/")).json()["type"] == "batch_ended"
        assert api.post(one(opened, "retry-failed/")).json()["type"] == "nothing_to_retry"


class TestTryingAgain:
    def test_only_what_failed(self, api, tenant):
        documents = [make_document(tenant) for _ in range(3)]
        batch = process_these(api, *documents).json()
        first, *others = Job.objects.order_by("id")
        process(first.pk)
        for job in others:
            api.post(f"/api/v1/jobs/{job.pk}/cancel/")
        assert api.get(one(batch)).json()["state"] == "completed_with_errors"
        body = api.post(one(batch, "retry-failed/")).json()
        assert (body["state"], body["counts"]["pending"], body["finished_at"]) == (
            "running",
            2,
            None,
        )
        again = api.post(one(batch, "retry-failed/")).json()  # a second click
        assert again["seq"] == body["seq"] and Job.objects.count() == 5
        work(batch["id"])
        body = api.get(one(batch)).json()
        assert (body["state"], body["counts"]["succeeded"]) == ("completed", 3)
        assert {job.retry_of_id for job in Job.objects.all()} == {None, *(job.pk for job in others)}
        told = OutboxEvent.objects.filter(subject=f"batch:{batch['id']}:2").order_by("id")
        assert [event.type for event in told] == ["batch.started", "batch.completed"]
        assert api.post(one(batch, "retry-failed/")).json()["type"] == "nothing_to_retry"

    def test_after_a_cancel_it_goes_on(self, api, tenant):
        batch = process_these(api, make_document(tenant)).json()
        api.post(one(batch, "cancel/"))
        body = api.post(one(batch, "retry-failed/")).json()
        assert (body["state"], body["cancel_requested"]) == ("running", False)
        work(batch["id"])
        assert api.get(one(batch)).json()["state"] == "completed"


def test_process_takes_the_default_mark(api, tenant):
    document = make_document(tenant)
    answer = api.send_json("/api/v1/process/", {"doc_id": str(document.pk)})
    job = Job.objects.get()
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "processing_started", "job_id": str(job.pk)},
    )
    assert job.spec["watermark_text"] == "CONFIDENTIAL"
    Tenant.objects.update(default_watermark={"watermark_text": "Ours", "opacity": 0.7})
    api.send_json("/api/v1/process/", {"doc_id": str(document.pk)})
    job = Job.objects.order_by("created_at").last()
    assert (job.spec["watermark_text"], job.spec["opacity"]) == ("Ours", 0.7)
    assert api.send_json("/api/v1/process/", {"doc_id": str(uuid.uuid4())}).status_code == 404


def test_pages_of_items_lead_forward_and_back(api, tenant):
    batch = make_batch(tenant, items=5)
    page = api.get(one(batch, "items/?limit=2")).json()
    assert [item["position"] for item in page["results"]] == [1, 2] and page["previous"] is None
    second = api.get(page["next"]).json()
    assert [item["position"] for item in second["results"]] == [3, 4]
    third = api.get(second["next"]).json()
    assert [item["position"] for item in third["results"]] == [5] and third["next"] is None
    assert api.get(third["previous"]).json()["results"] == second["results"]
    assert api.get(second["previous"]).json()["results"] == page["results"]
    assert api.get(one(batch, "items/?cursor=z9")).status_code == 422
    assert api.get(one(batch, "items/?state=queued&limit=100")).json()["next"] is None


def test_lists_are_filtered_by_state(api, tenant):
    done, running = make_batch(tenant, state="completed"), make_batch(tenant)
    found = api.get(f"{LIST}?state=running").json()["results"]
    assert [each["id"] for each in found] == [str(running.pk)]
    assert len(api.get(LIST).json()["results"]) == 2
    assert api.get(f"{LIST}?state=none").status_code == 422
    assert done.pk != running.pk


def queries_of(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = call()
    assert answer.status_code < 400, answer.content
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_items(api, tenant):
    assert process_these(api, make_document(tenant)).status_code == 202  # opens the month
    counts = {size: queries_with(api, tenant, size) for size in (4, 12)}
    assert counts[4] == counts[12]
    assert max(counts[4].values()) <= 35


def queries_with(api, tenant, size):
    """Return how many queries each operation takes on batches of so many items."""
    documents = [make_document(tenant) for _ in range(size)]
    files = [staged_file(name=f"{number}.pdf") for number in range(size)]
    batch = make_batch(tenant, items=size)
    ended = make_batch(tenant, items=size, state="completed")
    failed = make_batch(tenant, items=size, state="failed")
    waiting = make_batch(tenant, items=size, state="open")
    one_more = {"document_id": str(make_document(tenant).pk)}
    Job.objects.filter(batch=None).delete()
    asked = {
        "process": lambda: process_these(api, *documents),
        "upload": lambda: upload(api, *files),
        "get": lambda: api.get(one(batch)),
        "list": lambda: api.get(LIST),
        "items": lambda: api.get(one(batch, "items/")),
        "manifest": lambda: api.get(one(batch, "manifest.csv")),
        "archive": lambda: api.get(one(ended, "archive.zip")),
        "add": lambda: api.send_json(one(waiting, "items/"), one_more),
        "start": lambda: api.post(one(waiting, "start/")),
        "cancel": lambda: api.post(one(batch, "cancel/")),
        "retry": lambda: api.post(one(failed, "retry-failed/")),
    }
    return {name: queries_of(call) for name, call in asked.items()}
