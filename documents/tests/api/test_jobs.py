"""Reading, cancelling and repeating jobs, and their results."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from documents.models import Job
from documents.storage import blob_store
from documents.tests.factories import make_document, make_job, make_spec

LIST = "/api/v1/jobs/"


def one(job, action=""):
    return f"{LIST}{job.id}/{action}"


def test_a_waiting_job_tells_its_place(api, tenant):
    make_job(make_document(tenant))
    job = make_job(make_document(tenant))

    body = api.get(one(job)).json()

    assert (body["state"], body["queue_position"]) == ("queued", 2)
    assert body["progress"] == {"percent": 0, "page": 0, "pages": None, "stage": ""}
    assert body["download_url"] is None
    assert body["config"] == make_spec().as_dict()


def test_a_running_job_tells_how_far_it_is(api, tenant):
    job = make_job(make_document(tenant), state="running", page=3, pages=12, stage="marking")
    body = api.get(one(job)).json()
    assert body["progress"] == {"percent": 25, "page": 3, "pages": 12, "stage": "marking"}


def test_a_failed_job_tells_why(api, tenant):
    job = make_job(make_document(tenant), state="failed")
    body = api.get(one(job)).json()
    assert body["error"] == {"code": "damaged", "message": "It is damaged.", "retryable": False}


def test_a_finished_job_leads_to_its_result(api, tenant):
    document = make_document(tenant, file_name="Offer.pdf")
    job = make_job(document, state="succeeded")

    body = api.get(one(job)).json()

    path = reverse("api:job-result", args=[job.id])
    assert body["download_url"] == f"http://testserver{path}"
    answer = api.get(path)
    with blob_store().open(job.result_id) as stored:
        assert b"".join(answer.streaming_content) == stored.read()
    assert 'filename="Offer-marked.pdf"' in answer["Content-Disposition"]
    assert api.get(path, HTTP_RANGE="bytes=0-3").status_code == 206
    assert api.head(path)["Content-Length"] == str(job.result.size_bytes)


@pytest.mark.parametrize("state", ["queued", "running", "failed", "cancelled", "expired"])
def test_without_a_result_there_is_nothing_to_download(api, tenant, state):
    answer = api.get(one(make_job(make_document(tenant), state=state), "result/"))
    assert (answer.status_code, answer.json()["type"]) == (409, "not_ready")


def test_a_deleted_result_is_gone(api, tenant):
    now = timezone.now()
    job = make_job(make_document(tenant), state="succeeded", result_purged_at=now)
    answer = api.get(one(job, "result/"))
    assert (answer.status_code, answer.json()["type"]) == (410, "gone")
    assert api.get(one(job)).json()["download_url"] is None


def test_a_waiting_job_is_cancelled_at_once(api, tenant):
    job = make_job(make_document(tenant))
    body = api.post(one(job, "cancel/")).json()
    assert (body["state"], body["id"]) == ("cancelled", str(job.id))


def test_a_running_job_is_asked_to_stop(api, tenant):
    job = make_job(make_document(tenant), state="running")
    body = api.post(one(job, "cancel/")).json()
    assert (body["state"], body["cancel_requested"]) == ("running", True)


def test_what_has_ended_cannot_be_cancelled(api, tenant):
    answer = api.post(one(make_job(make_document(tenant), state="succeeded"), "cancel/"))
    assert (answer.status_code, answer.json()["type"]) == (409, "job_ended")


def test_a_retry_is_a_new_job_with_the_same_work(api, tenant):
    old = make_job(make_document(tenant), state="failed")

    answer = api.post(one(old, "retry/"))

    assert answer.status_code == 202
    body = answer.json()
    assert body["retry_of"] == str(old.id)
    assert (body["state"], body["config"]) == ("queued", old.spec)
    assert answer["Location"] == f"{LIST}{body['id']}/"
    assert int(answer["Retry-After"]) >= 1
    assert api.get(one(old)).json()["state"] == "failed"


def test_only_ended_work_is_repeated(api, tenant):
    answer = api.post(one(make_job(make_document(tenant), state="running"), "retry/"))
    assert (answer.status_code, answer.json()["type"]) == (409, "job_not_retryable")


def test_work_on_a_deleted_document_is_not_repeated(api, tenant):
    job = make_job(make_document(tenant), state="failed")
    api.delete(f"/api/v1/documents/{job.document_id}/")
    answer = api.post(one(job, "retry/"))
    assert (answer.status_code, answer.json()["type"]) == (409, "document_deleted")


def test_the_list_is_filtered_by_state_and_document(api, tenant):
    one_document, other = make_document(tenant), make_document(tenant)
    failed = make_job(one_document, state="failed")
    make_job(one_document, state="succeeded")
    make_job(other, state="failed")

    query = {"state": "failed", "document_id": str(one_document.id)}
    assert [each["id"] for each in api.get(LIST, query).json()["results"]] == [str(failed.id)]
    assert len(api.get(LIST, {"document_id": str(one_document.id)}).json()["results"]) == 2
    assert api.get(LIST, {"document_id": str(uuid.uuid4())}).json()["results"] == []


def test_every_bad_filter_is_named_at_once(api):
    query = {"state": "done", "document_id": "7", "limit": "101", "cursor": "x", "page": "2"}
    answer = api.get(LIST, query)

    assert answer.status_code == 422
    states = "'queued', 'running', 'succeeded', 'failed', 'cancelled' or 'expired'"
    assert {problem["loc"][1]: problem for problem in answer.json()["detail"]} == {
        "state": {
            "loc": ["query", "state"],
            "msg": f"Input should be {states}",
            "type": "enum",
            "ctx": {"expected": states},
        },
        "document_id": {
            "loc": ["query", "document_id"],
            "msg": "Input should be a valid UUID",
            "type": "uuid_parsing",
        },
        "limit": {
            "loc": ["query", "limit"],
            "msg": "Input should be less than or equal to 100",
            "type": "less_than_equal",
            "ctx": {"le": 100},
        },
        "cursor": {
            "loc": ["query", "cursor"],
            "msg": "This cursor is not one of ours",
            "type": "value_error",
        },
        "page": {
            "loc": ["query", "page"],
            "msg": "Extra inputs are not permitted",
            "type": "extra_forbidden",
        },
    }


@pytest.mark.parametrize("rows", [1, 30])
def test_lists_cost_two_queries_however_long(api, tenant, rows, django_assert_num_queries):
    for _ in range(rows):
        make_job(make_document(tenant))
    api.get("/api/v1/auth/whoami/")  # which notes, once a minute, that the key is used
    with django_assert_num_queries(2):  # the key, the page
        assert len(api.get(LIST, {"limit": 100}).json()["results"]) == rows


@pytest.mark.parametrize(("state", "queries"), [("running", 2), ("succeeded", 2), ("queued", 3)])
def test_polling_costs_two_queries_and_a_place_one_more(
    api, tenant, state, queries, django_assert_num_queries
):
    job = make_job(make_document(tenant), state=state)
    api.get("/api/v1/auth/whoami/")
    with django_assert_num_queries(queries):
        api.get(one(job))


def test_a_job_of_the_list_is_the_job(api, tenant):
    job = make_job(make_document(tenant), state="running", page=1, pages=2)
    assert api.get(LIST).json()["results"] == [api.get(one(job)).json()]
    assert Job.objects.count() == 1
