"""``Idempotency-Key`` through the real lanes: sent again, answered again, done once."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts.models import KeptOutcome, Tenant
from accounts.tests.factories import make_api_key
from config.tests.conformance import check_answer, operations, schema_errors
from config.tests.serving import Serving
from documents.models import Document, Job
from documents.services.jobs import cancel_job
from documents.tests.api.staging import handed_over, staged_file
from documents.tests.factories import make_document, make_job, make_pdf
from documents.tests.multipart import BOUNDARY, END, part
from documents.tests.processes import running, wait_until

PDF = make_pdf()
UPLOAD = "/api/v1/watermark/"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def form(content: bytes = PDF, text: bytes = b"Secret", name: str = "a.pdf") -> bytes:
    return part("file", content, name) + part("watermark_text", text) + END


def post(server, key, body, path=UPLOAD, content_type=KIND, **headers):
    with server.connect() as wire:
        wire.head(
            "POST",
            path,
            authorization=f"Bearer {key}",
            content_type=content_type,
            content_length=len(body),
            **headers,
        )
        reply = wire.send(body).answer()
    flat = {name: values[0] for name, values in reply.headers.items()}
    check_answer("POST", path, reply.status, flat, reply.body)
    return reply, flat


def code_of(reply):
    return reply.status, json.loads(reply.body)["type"]


@pytest.fixture
def key(live: Serving, owner):
    return make_api_key(owner.tenant)[1]


@pytest.mark.parametrize("path", [UPLOAD, "/api/v1/watermark", "/api/v1/documents/"])
def test_fifty_at_once_make_one_document_and_one_job(live, key, path):
    Tenant.objects.update(max_concurrent_uploads=50)
    body = form() if "watermark" in path else part("file", PDF, "a.pdf") + END

    def send(_):
        return post(live, key, body, path, idempotency_key="once")

    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(send, range(50)))
    assert Document.objects.count() == 1
    assert Job.objects.count() == (1 if "watermark" in path else 0)
    done = [(reply, head) for reply, head in replies if reply.status in (201, 202)]
    busy = [code_of(reply) for reply, _ in replies if reply.status not in (201, 202)]
    assert set(busy) <= {(409, "idempotency_key_in_use")}
    assert len({reply.body for reply, _ in done}) == 1
    assert [head.get("idempotency-replayed") for _, head in done].count(None) == 1


def test_the_same_answer_comes_again(live, key):
    first, head = post(live, key, form(), idempotency_key="a")
    again, head_again = post(live, key, form(), idempotency_key='"a"')
    assert (first.status, first.body) == (again.status, again.body)
    assert "idempotency-replayed" not in head
    assert head_again["idempotency-replayed"] == "true"
    volatile = {"x-request-id", "date", "idempotency-replayed"}
    assert {k: v for k, v in head.items() if k not in volatile} == {
        k: v for k, v in head_again.items() if k not in volatile
    }
    assert head["x-request-id"] != head_again["x-request-id"]


def test_a_form_is_known_by_its_content(live, key):
    first, _ = post(live, key, form(), idempotency_key="a")
    other = form().replace(BOUNDARY.encode(), b"another")
    again, _ = post(
        live, key, other, content_type="multipart/form-data; boundary=another", idempotency_key="a"
    )
    assert again.body == first.body
    for changed in (form(PDF + b"\n"), form(text=b"Other"), form(name="b.pdf")):
        assert code_of(post(live, key, changed, idempotency_key="a")[0]) == (
            422,
            "idempotency_key_reused",
        )
    assert Document.objects.count() == Job.objects.count() == 1


def test_a_bad_key_is_refused_before_the_body(live, key):
    with live.connect() as wire:
        wire.head(
            "POST",
            UPLOAD,
            authorization=f"Bearer {key}",
            content_type=KIND,
            content_length=len(form()),
            idempotency_key="two words",
        )
        assert code_of(wire.answer()) == (422, "idempotency_key_invalid")


def test_prefer_wait_waits_for_the_job_of_the_first_time(live, key, owner):
    post(live, key, form(), idempotency_key="a")
    cancel_job(principal=owner.principal, job=Job.objects.get())
    reply, head = post(live, key, form(), idempotency_key="a", prefer="wait=20")
    assert (reply.status, json.loads(reply.body)["state"]) == (200, "cancelled")
    assert head["idempotency-replayed"] == "true"


def test_a_process_that_is_killed_has_done_nothing_and_holds_no_key(live, key, owner):
    port = free_port()
    arguments = ("-m", "uvicorn", "config.asgi:application", "--port", str(port))
    with running(*arguments, DJANGO_SETTINGS_MODULE="config.settings_test") as web:
        other = Elsewhere(port)
        wait_until(other.answers)
        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            with connection.cursor() as cursor:  # the document can be written, its job cannot
                cursor.execute("LOCK TABLE documents_job IN EXCLUSIVE MODE")
            doomed = pool.submit(post, other, key, form(), idempotency_key="a")
            wait_until(somebody_waits_for_the_lock)
            busy, head = post(live, key, form(), idempotency_key="a")
            assert code_of(busy) == (409, "idempotency_key_in_use")
            assert head["retry-after"] == "1"
            web.kill()
            assert doomed.exception() is not None
    wait_until(lambda: post(live, key, form(), idempotency_key="a")[0].status == 202)
    assert Document.objects.count() == Job.objects.count() == 1


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


class Elsewhere(Serving):
    """A server of another process, of which only the port is known."""

    def __init__(self, port: int) -> None:
        self.port = port

    def answers(self) -> bool:
        """Whether it serves already."""
        try:
            with self.connect() as wire:
                return wire.head("GET", "/health").answer().status == 200
        except OSError:
            return False


def somebody_waits_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


# --- What needs no socket -----------------------------------------------------------------------


@pytest.fixture
def mark(tenant):
    return f"/api/v1/documents/{make_document(tenant).id}/watermark/"


def test_json_and_forms_on_a_stored_document(api, mark):
    def send():
        return api.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="a")

    first, again = send(), send()
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again["Idempotency-Replayed"] == "true" and again["Location"] == first["Location"]
    answer = api.post(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="form")
    assert api.post(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="form").content == (
        answer.content
    )
    changed = api.post(mark, {"watermark_text": "y"}, HTTP_IDEMPOTENCY_KEY="form")
    assert (changed.status_code, changed.json()["type"]) == (422, "idempotency_key_reused")
    assert Job.objects.count() == 2


def test_without_a_key_each_post_is_new_and_nothing_is_kept(api, mark):
    for _ in range(2):
        assert api.send_json(mark, {"watermark_text": "x"}).status_code == 202
    assert Job.objects.count() == 2
    assert not KeptOutcome.objects.exists()


def test_a_session_with_a_form(owner, mark):
    owner.client.handler.enforce_csrf_checks = True
    token = owner.client.get("/documents/upload/").cookies["csrftoken"].value
    extra = {"HTTP_X_CSRFTOKEN": token, "HTTP_IDEMPOTENCY_KEY": "a"}
    answers = [owner.client.post(mark, {"watermark_text": "x"}, **extra) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert Job.objects.count() == 1


def test_each_path_has_its_own_keys(api, mark, tenant):
    other = f"/api/v1/documents/{make_document(tenant).id}/watermark/"
    for path in (mark, other, mark[:-1]):
        answer = api.send_json(path, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="a")
        assert answer.status_code == 202
    assert Job.objects.count() == 2


def test_another_tenant_may_use_the_same_key(api, api_of, stranger):
    sent = {"HTTP_IDEMPOTENCY_KEY": "a"}
    mine = api.post(UPLOAD, **handed_over(staged_file(), watermark_text="x"), **sent)
    theirs = api_of(stranger.tenant).post(
        UPLOAD, **handed_over(staged_file(), watermark_text="y"), **sent
    )
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]


def test_a_refusal_does_not_use_the_key_up(api, mark):
    bad = api.send_json(mark, {"opacity": 2}, HTTP_IDEMPOTENCY_KEY="a")
    assert bad.status_code == 422
    good = api.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="a")
    assert good.status_code == 202 and "Idempotency-Replayed" not in good


def test_a_crash_undoes_everything_and_frees_the_key(api, monkeypatch):
    def send():
        upload = handed_over(staged_file(), watermark_text="x")
        return api.post(UPLOAD, **upload, HTTP_IDEMPOTENCY_KEY="a")

    api.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("documents.api.views.accepted", lambda *_: 1 / 0)
        assert send().status_code == 500
    assert not Document.objects.exists() and not Job.objects.exists()
    assert send().status_code == 202


def test_scopes_are_asked_again(api, api_of, tenant, mark):
    api.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="a")
    reader = api_of(tenant, scopes=["jobs:read"])
    again = reader.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY="a")
    assert again.status_code == 403


def test_cancelling_takes_keys_too(api, tenant):
    job = make_job(make_document(tenant))
    path = f"/api/v1/jobs/{job.id}/cancel/"
    first, again = (api.post(path, HTTP_IDEMPOTENCY_KEY="a") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert api.post(path).json()["type"] == "job_ended"


def test_reading_needs_no_key_and_looks_at_none(api):
    assert api.get("/api/v1/jobs/", HTTP_IDEMPOTENCY_KEY="two words").status_code == 200


@pytest.mark.parametrize("key", ["a", "x" * 255, '"quoted"', '"' + "x" * 255 + '"', "a,b"])
def test_the_document_allows_what_is_taken(api, mark, key):
    assert schema_errors(described_key(), key) == []
    answer = api.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 202


@pytest.mark.parametrize("key", ["", '""', "x" * 256, '"half', "two words", 'a"b'])
def test_the_document_allows_nothing_else(api, mark, key):
    assert schema_errors(described_key(), key)
    answer = api.send_json(mark, {"watermark_text": "x"}, HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "idempotency_key_invalid")


def described_key():
    described = [each for _, _, one in operations() for each in one.get("parameters", [])]
    return next(each["schema"] for each in described if each["name"] == "Idempotency-Key")


def test_every_post_of_the_document_takes_a_key():
    posts = [one for method, _, one in operations() if method == "POST" and one.get("security")]
    assert len(posts) >= 5
    for operation in posts:
        names = {each["name"] for each in operation["parameters"]}
        assert "Idempotency-Key" in names, operation["operationId"]
        codes = json.dumps(operation["responses"])
        for code in ("invalid", "reused", "in_use"):
            assert f"idempotency_key_{code}" in codes


# Asked before anybody knows of a workspace; docs/idempotency.md says what happens again.
WITHOUT_KEY = {
    "/auth/token/": "answers credentials, which are kept nowhere",
    "/auth/token/refresh/": "answers credentials; a refresh token works once",
    "/auth/token/revoke/": "the same however often it is asked",
    "/auth/register/": "the same answer; at most another mail",
    "/auth/password/reset/": "the same answer; at most another mail",
    "/auth/verify-email/": "a token that works once",
    "/auth/password/reset/confirm/": "a key that works once",
    "/organization/invitations/accept/": "a token that works once",
}


def test_every_other_post_takes_a_key():
    def takes_key(operation):
        return "Idempotency-Key" in {each["name"] for each in operation.get("parameters", ())}

    without = {
        path.removeprefix("/api/v1")
        for method, path, operation in operations()
        if method == "POST" and not takes_key(operation)
    }
    assert without == WITHOUT_KEY.keys()
    guide = (settings.BASE_DIR / "docs/idempotency.md").read_text()
    assert [path for path in without if f"`{path}`" not in guide] == []
