"""The contract's rows that are served so far, each under its id.

Here is what one request shows; test_contract_lanes.py has what takes real connections (waiting and
limits, E1 and E7).
"""

from __future__ import annotations

import json
import re
import uuid
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OutboxEvent, Tenant
from accounts.tests.factories import PASSWORD, make_api_key, make_tokens
from billing.models import Reservation
from config.tests.conformance import ApiClient, check_answer, openapi, operations
from documents.models import Batch, BatchItem, Document, Job
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document, make_job, make_pdf, make_upload
from documents.tests.multipart import BOUNDARY, END, part
from documents.tus import CHUNK_TYPE

FORM = "application/x-www-form-urlencoded"
CONFIG = {"watermark_text": "Secret", "opacity": 0.5, "position": "tile", "font_size": 20}
ANCHORS = [
    f"{row}_{column}" for row in ("top", "center", "bottom") for column in ("left", "right")
] + ["top_center", "center", "bottom_center"]


def send(live, key, path, *parts):
    body = b"".join(parts) + END
    with live.connect() as wire:
        wire.head(
            "POST",
            path,
            authorization=f"Bearer {key}",
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            content_length=len(body),
        )
        reply = wire.send(body).answer()
    headers = {name: values[0] for name, values in reply.headers.items()}
    if not path.endswith("/"):
        path += "/"
    check_answer("POST", path, reply.status, headers, reply.body)
    return reply.status, json.loads(reply.body)


FLAT = [part(name, str(value).encode()) for name, value in CONFIG.items()]
JSON_PART = [part("config", json.dumps(CONFIG).encode(), "config.json")]


@pytest.mark.parametrize("fields", [FLAT, JSON_PART], ids=["flat", "json"])
@pytest.mark.parametrize("path", ["/api/v1/watermark/", "/api/v1/watermark"])
def test_e1_one_upload_is_marked(live, owner, fields, path):
    key = make_api_key(owner.tenant)[1]
    status, job = send(live, key, path, part("file", make_pdf(), "a.pdf"), *fields)
    assert status == 202
    assert CONFIG.items() <= job["config"].items()
    assert job["download_url"] is None
    # The rest of E1, Prefer: wait, is in test_waiting.py.


@pytest.mark.parametrize("path", [f"/api/v1/documents/batch/watermark{end}" for end in ("/", "")])
def test_e3_a_batch_of_uploads(live, owner, path):
    key = make_api_key(owner.tenant)[1]
    Tenant.objects.update(max_file_bytes=2000)
    files = [part("files", make_pdf(), f"{name}.pdf") for name in "ab"]
    files += [part("files", b"GIF89a\0\xff", "c.pdf"), part("files", make_pdf(60), "long.pdf")]
    config = part("watermark_config", json.dumps(CONFIG).encode(), "config.json")
    status, batch = send(live, key, path, *files, config)
    assert (status, batch["state"]) == (202, "running")
    assert CONFIG.items() <= batch["config"].items()
    assert (batch["counts"]["total"], batch["counts"]["failed"]) == (4, 2)
    assert Job.objects.filter(state="queued").count() == 2
    codes = BatchItem.objects.order_by("position").values_list("error_code", flat=True)
    assert list(codes) == ["", "", "unsupported_format", "payload_too_large"]
    assert Reservation.objects.count() == 2
    assert OutboxEvent.objects.filter(type="job.queued").count() == 2


def test_e3_one_more_than_a_thousand_is_refused(live, owner):
    key = make_api_key(owner.tenant)[1]
    files = [part("files", b"%PDF-", "a.pdf")] * 1001
    status, refusal = send(live, key, "/api/v1/documents/batch/watermark/", *files)
    assert (status, refusal["detail"][0]["type"]) == (422, "too_many_files")
    assert not Batch.objects.exists()


def test_e3_the_allowance_is_asked_first(live, owner):
    key = make_api_key(owner.tenant)[1]
    Tenant.objects.update(monthly_documents=1)
    files = [part("files", make_pdf(), f"{name}.pdf") for name in "ab"]
    config = part("watermark_config", json.dumps(CONFIG).encode(), "config.json")
    status, refusal = send(live, key, "/api/v1/documents/batch/watermark/", *files, config)
    assert (status, refusal["type"]) == (402, "quota_exceeded")
    assert not Batch.objects.exists() and not Document.objects.exists()
    assert not Reservation.objects.exists() and not OutboxEvent.objects.exists()


def test_e4_a_batch_of_stored_documents(api, tenant):
    ids = [str(make_document(tenant).id) for _ in range(2)]
    operations = [{"operation": "watermark", "config": CONFIG}]
    answer = api.send_json(
        "/api/v1/documents/batch/process/", {"document_ids": ids, "operations": operations}
    )
    assert (answer.status_code, answer.json()["counts"]["total"]) == (202, 2)
    (operation,) = (each for _, _, each in operations_of("processBatch"))
    schema = operation["responses"]["202"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/BatchJob"}


def test_e4_of_unknown_or_foreign_documents_nothing_starts(api, tenant, stranger):
    mine, foreign = make_document(tenant), make_document(stranger.tenant)
    operations = [{"operation": "watermark", "config": CONFIG}]
    refusals = []
    for other in (foreign.id, uuid.uuid4()):
        sent = {"document_ids": [str(mine.id), str(other)], "operations": operations}
        answer = api.send_json("/api/v1/documents/batch/process", sent)
        refusals.append((answer.status_code, answer.json()["type"], answer.json()["detail"]))
    assert refusals[0] == refusals[1]
    assert refusals[0][:2] == (404, "not_found")
    assert not Batch.objects.exists() and not Job.objects.exists()


def operations_of(name):
    return [each for each in operations() if each[2]["operationId"] == name]


@pytest.mark.parametrize("path", ["/api/v1/process/", "/api/v1/process"])
def test_e5_the_default_mark(api, tenant, path):
    answer = api.send_json(path, {"doc_id": str(make_document(tenant).id)})
    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"status": "processing_started", "job_id": str(job.id)}
    assert job.spec["watermark_text"] == "CONFIDENTIAL"
    Tenant.objects.update(default_watermark=CONFIG)
    answer = api.send_json(path, {"doc_id": str(make_document(tenant).id)})
    assert CONFIG.items() <= Job.objects.get(pk=answer.json()["job_id"]).spec.items()


@pytest.mark.parametrize("path", ["/api/v1/documents/", "/api/v1/documents"])
def test_e2_an_upload_is_stored(live, owner, path):
    key = make_api_key(owner.tenant)[1]
    status, document = send(
        live, key, path, part("title", b" Offer "), part("file", make_pdf(), "a.pdf")
    )
    assert (status, document["title"], document["file_name"]) == (201, "Offer", "a.pdf")


def test_e2_a_finished_upload_is_stored(api, tenant):
    content = make_pdf(2)
    upload = make_upload(tenant, content=content, size_bytes=len(content))
    short = make_upload(tenant, content=content, size_bytes=len(content) + 1)
    answers = [
        api.send_json("/api/v1/documents/", {"upload_id": str(upload.id), "title": title})
        for title in ("Offer", "Other")
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["title"] == "Offer"
    early = api.send_json("/api/v1/documents/", {"upload_id": str(short.id)})
    assert (early.status_code, early.json()["type"]) == (409, "upload_unfinished")
    assert api.delete(f"/api/v1/documents/{answers[0].json()['id']}/").status_code == 204
    gone = api.send_json("/api/v1/documents/", {"upload_id": str(upload.id)})
    assert (gone.status_code, gone.json()["type"]) == (409, "upload_taken")


@pytest.mark.parametrize("kind", ["pdf", "docx", "txt"])
def test_e2_text_becomes_a_document(api, kind):
    sent = {"title": " Offer ", "content": "Dear Ms Moreau", "format": kind}
    answer = api.send_json("/api/v1/documents", sent)
    body = answer.json()
    assert (answer.status_code, body["title"], body["format"]) == (201, "Offer", kind)
    assert api.get(answer["Location"]).json() == body
    assert api.send_json("/api/v1/documents/", {"title": "Empty"}).json()["format"] == "pdf"
    refused = api.send_json("/api/v1/documents/", {"format": "odt", "colour": "red"}).json()
    bad = {(each["loc"][-1], each["type"]) for each in refused["detail"]}
    assert bad == {("title", "missing"), ("format", "enum"), ("colour", "extra_forbidden")}


def test_e6_the_number_of_queries_does_not_grow(api, tenant):
    def queries(path):
        with CaptureQueriesContext(connection) as seen:
            assert api.get(path).status_code == 200
        return len(seen)

    one = f"/api/v1/documents/{make_document(tenant).id}/"
    paths = ("/api/v1/documents/?limit=100", one)
    for path in paths:  # what is read once a process
        queries(path)
    few = [queries(path) for path in paths]
    for _ in range(30):
        make_job(make_document(tenant))
    assert [queries(path) for path in paths] == few


def test_e8_people_are_made_and_read(owner):
    person = ApiClient(make_tokens(owner.user)[1].access_token)
    sent = {"name": " Ada Lovelace ", "email": "Ada@Example.ORG"}
    answer = person.send_json("/api/v1/users", sent)
    body = answer.json()
    assert (answer.status_code, body["name"], body["email"]) == (
        201,
        "Ada Lovelace",
        "ada@example.org",
    )
    assert uuid.UUID(body["id"]) and person.get(f"/api/v1/users/{body['id']}/").json() == body
    assert person.get("/api/v1/users/me/").json()["id"] == str(owner.user.pk)
    bad = person.send_json("/api/v1/users/", {"name": " ", "email": "nowhere"})
    assert bad.status_code == 422
    assert {each["loc"][-1] for each in bad.json()["detail"]} == {"name", "email"}


def test_e6_documents_are_listed_and_read_by_uuid(api, tenant, stranger):
    mine, foreign = make_document(tenant), make_document(stranger.tenant)
    listed = api.get("/api/v1/documents/").json()
    assert [each["id"] for each in listed["results"]] == [str(mine.id)]
    assert uuid.UUID(api.get(f"/api/v1/documents/{mine.id}/").json()["id"]) == mine.id
    assert api.get(f"/api/v1/documents/{foreign.id}/").status_code == 404


def test_e9_a_password_gets_tokens(nobody, owner):
    owner.user.set_password(PASSWORD)
    owner.user.save()
    given = {"username": owner.user.email, "password": PASSWORD}
    as_form = nobody.post("/api/v1/auth/token", urlencode(given), content_type=FORM)
    for answer in (as_form, nobody.send_json("/api/v1/auth/token/", given)):
        body = answer.json()
        assert {"access_token", "refresh_token", "token_type", "expires_in"} <= set(body)
        assert body["token_type"] == "bearer"
    program = ApiClient(body["access_token"])
    assert program.get("/api/v1/documents/").status_code == 200
    refreshed = nobody.send_json(
        "/api/v1/auth/token/refresh/", {"refresh_token": body["refresh_token"]}
    ).json()
    gone = nobody.send_json("/api/v1/auth/token/revoke/", {"token": refreshed["access_token"]})
    assert gone.status_code == 200
    assert program.get("/api/v1/documents/").status_code == 401


def test_e10_health_needs_no_key(nobody, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert nobody.get("/health").json() == {"status": "ok"}
    parts = nobody.get("/api/v1/health/").json()["parts"]
    assert {part["status"] for part in parts.values()} == {"ok"}
    assert set(parts) == {"database", "valkey", "storage"}
    assert nobody.get("/ready").json()["status"] == "ready"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_e11_the_reference_is_served_from_here(client, path):
    page = client.get(path).content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []
    assert "<script>" not in page and "<style" not in page and "style=" not in page


def test_e11_the_document_is_served(client):
    answer = client.get("/openapi.json")
    assert answer.json()["openapi"].startswith("3.1")
    assert client.get("/openapi.json", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_e12_tags_are_described_and_operation_ids_set_by_hand():
    tags = {tag["name"] for tag in openapi()["tags"] if tag["description"]}
    assert {"Documents", "Auth", "Health"} <= tags
    for _, _, operation in operations():
        assert set(operation["tags"]) <= tags
        assert re.fullmatch("[a-z]+([A-Z][a-z]+)+(AmI)?", operation["operationId"])


def test_e12_requests_and_answers_are_components_of_their_own():
    schemas = openapi()["components"]["schemas"]
    assert {"WatermarkConfig", "DocumentConfig", "WatermarkPosition", "Job", "Document"} <= set(
        schemas
    )
    assert schemas["DocumentConfig"] == {"$ref": "#/components/schemas/WatermarkConfig"}
    sent = {
        media["schema"]["$ref"]
        for _, _, operation in operations()
        for kind, media in operation.get("requestBody", {}).get("content", {}).items()
        if kind != CHUNK_TYPE
    }
    answered = {
        media["schema"].get("$ref")
        for _, _, operation in operations()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
    }
    assert not sent & answered


# --- The configuration ------------------------------------------------------------------------


@pytest.fixture
def ask(api, tenant):
    path = f"/api/v1/documents/{make_document(tenant).id}/watermark/"
    return lambda **config: api.send_json(path, {"watermark_text": "x", **config})


def test_config_defaults(ask):
    config = ask().json()["config"]
    assert (config["opacity"], config["position"], config["font_size"]) == (0.3, "center", 12)


def test_config_everything_within_the_bounds_is_taken(ask):
    good = [
        {"watermark_text": "x" * 100},
        {"watermark_text": f"  {'x' * 100}\n"},
        {"opacity": 0},
        {"opacity": 1.0},
        {"font_size": 8},
        {"font_size": 72},
        {"position": "CENTER"},
        *({"position": each} for each in [*ANCHORS, "diagonal", "tile"]),
    ]
    assert len(good) == 18
    assert [each for each in good if ask(**each).status_code != 202] == []


def test_config_everything_beyond_the_bounds_is_refused(ask):
    bad = [
        ("watermark_text", "x" * 101, "string_too_long", {"max_length": 100}),
        ("watermark_text", "  ", "string_too_short", {"min_length": 1}),
        ("watermark_text", 5, "string_type", None),
        ("opacity", -0.01, "greater_than_equal", {"ge": 0.0}),
        ("opacity", 1.01, "less_than_equal", {"le": 1.0}),
        ("opacity", "0.5", "float_type", None),
        ("opacity", True, "float_type", None),
        ("font_size", 7, "greater_than_equal", {"ge": 8}),
        ("font_size", 73, "less_than_equal", {"le": 72}),
        ("font_size", True, "int_type", None),
        ("font_size", 12.5, "int_from_float", None),
        ("position", "middle", "enum", None),
    ]
    for field, value, kind, ctx in bad:
        answer = ask(**{field: value})
        assert answer.status_code == 422, (field, value)
        (problem,) = answer.json()["detail"]
        assert (problem["loc"], problem["type"]) == (["body", field], kind)
        assert ctx is None or problem["ctx"] == ctx


def test_config_infinity_is_refused_however_it_is_written(api, tenant):
    path = f"/api/v1/documents/{make_document(tenant).id}/watermark/"
    answer = api.send_json(path, '{"watermark_text": "x", "opacity": 1e999}')
    assert answer.json()["detail"][0]["type"] == "finite_number"
    form = api.post(path, {"watermark_text": "x", "opacity": "nan"})
    assert form.json()["detail"][0]["type"] == "finite_number"


# --- Errors -----------------------------------------------------------------------------------


def test_errors_validation_names_all_fields_in_one_shape(ask):
    answer = ask(opacity=2, font_size=0)
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert (body["type"], body["status"]) == ("validation_error", 422)
    assert [problem["loc"] for problem in body["detail"]] == [
        ["body", "opacity"],
        ["body", "font_size"],
    ]
    assert body["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/api/v1/nothing/", {}, 404, "not_found"),
        ("GET", "/api/v2", {}, 404, "not_found"),
        ("PUT", "/api/v1/documents/", {}, 405, "method_not_allowed"),
        ("OPTIONS", "/api/v1/documents/", {}, 405, "method_not_allowed"),
        ("TRACE", "/api/v1/documents/?x=1", {}, 405, "method_not_allowed"),
        ("POST", "/api/v1/watermark/", {"data": "{}"}, 415, "unsupported_media_type"),
    ],
)
def test_errors_are_json_with_a_stable_code(owner, method, path, more, status, code):
    answer = owner.api.generic(method, path, content_type="application/json", **more)
    body = answer.json()
    assert (answer.status_code, body["status"], body["type"]) == (status, status, code)
    assert isinstance(body["detail"], str)
    if status == 405:
        assert answer["Allow"] == "GET, POST, HEAD"


def test_errors_have_the_form_of_rfc_9457_for_who_asks(api, tenant):
    accepts = {"HTTP_ACCEPT": "application/problem+json"}
    answer = api.get("/api/v1/jobs/?limit=0&x=1", **accepts)
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].endswith("/docs/errors#validation_error")
    assert (body["code"], body["status"], body["instance"]) == (
        "validation_error",
        422,
        "/api/v1/jobs/",
    )
    assert isinstance(body["detail"], str)
    assert [problem["loc"] for problem in body["errors"]] == [["query", "limit"], ["query", "x"]]
    job = make_job(make_document(tenant))
    gone = api.get(f"/api/v1/jobs/{job.id}/result/", **accepts).json()
    assert gone["code"] == "not_ready"
    # An answer that is no refusal is what it always is.
    assert api.get("/api/v1/jobs/", **accepts)["Content-Type"] == "application/json"


def test_paths_without_the_last_slash_keep_the_body(api, tenant):
    path = f"/api/v1/documents/{make_document(tenant).id}/watermark"
    assert api.send_json(path, {"watermark_text": "x"}).status_code == 202


def test_text_is_trimmed(api):
    answer = api.post("/api/v1/documents/", **handed_over(staged_file(), title=" a  b "))
    assert answer.json()["title"] == "a b"
    assert Document.objects.get().title == "a b"
