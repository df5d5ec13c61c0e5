"""``Prefer: wait`` through the real lanes: the answer comes when the job has ended."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.tests.factories import make_api_key
from config.tests.conformance import check_answer
from documents.api.holding import wanted_seconds
from documents.hub import _hubs
from documents.models import Job
from documents.progress import channel_of
from documents.services.jobs import cancel_job
from documents.tests.factories import make_document, make_pdf
from documents.tests.multipart import BOUNDARY, END, part
from documents.tests.processes import wait_until

FORM = part("file", make_pdf(), "a.pdf") + part("watermark_text", b"x") + END
UPLOAD = "/api/v1/watermark/"


@pytest.mark.parametrize(
    ("preferences", "seconds"),
    [
        ([b"wait=5"], 5),
        ([b"respond-async, WAIT = 7 ; x=1"], 7),
        ([b"respond-async", b'wait="9"'], 9),
        ([b"wait=100000"], 20),
        ([b"wait=0"], 0),
        ([b"wait=-1"], 0),
        ([b"wait=soon, xwait=4"], 0),
        ([], 0),
    ],
)
def test_the_preference_is_read_as_rfc_7240_has_it(preferences, seconds):
    headers = [(b"prefer", value) for value in preferences]
    scope = {"method": "POST", "path": "/api/v1/watermark/", "headers": headers}
    assert wanted_seconds(scope) == seconds
    assert wanted_seconds(scope | {"method": "GET"}) == 0
    assert wanted_seconds(scope | {"path": "/documents/upload/"}) == 0


def post(live, key, path, body, content_type, **headers):
    with live.connect() as wire:
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


def upload(live, key, **headers):
    return post(live, key, UPLOAD, FORM, f"multipart/form-data; boundary={BOUNDARY}", **headers)


def end_the_job_that_comes(owner):
    wait_until(Job.objects.exists)
    cancel_job(principal=owner.principal, job=Job.objects.get())


def test_an_upload_waits_for_the_end_of_its_job(live, owner):
    key = make_api_key(owner.tenant)[1]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(upload, live, key, prefer="wait=20", x_request_id="my-own-request")
        end_the_job_that_comes(owner)
        reply, headers = waiting.result()

    assert reply.status == 200
    assert json.loads(reply.body)["state"] == "cancelled"
    assert headers["preference-applied"] == "wait=20"
    assert headers["x-request-id"] == "my-own-request"


def test_a_stored_document_waits_as_well(live, owner):
    key = make_api_key(owner.tenant)[1]
    path = f"/api/v1/documents/{make_document(owner.tenant).id}/watermark/"
    with ThreadPoolExecutor(1) as pool:
        body = b'{"watermark_text": "x"}'
        waiting = pool.submit(post, live, key, path, body, "application/json", prefer="wait=20")
        end_the_job_that_comes(owner)
        reply, _ = waiting.result()
    assert (reply.status, json.loads(reply.body)["state"]) == (200, "cancelled")


def test_when_the_time_is_over_the_job_is_still_queued(live, owner):
    reply, headers = upload(live, make_api_key(owner.tenant)[1], prefer="wait=1")
    assert (reply.status, json.loads(reply.body)["state"]) == (202, "queued")
    assert headers["preference-applied"] == "wait=1"
    assert headers["location"] == f"/api/v1/jobs/{Job.objects.get().id}/"


def test_who_may_not_see_jobs_gets_what_they_would_have_got(live, owner):
    key = make_api_key(owner.tenant, scopes=["documents:write", "jobs:write"])[1]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(upload, live, key, prefer="wait=20")
        end_the_job_that_comes(owner)
        assert waiting.result()[0].status == 202


def test_refusals_do_not_wait(live, owner):
    key = make_api_key(owner.tenant)[1]
    empty = END
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    reply, headers = post(live, key, UPLOAD, empty, kind, prefer="wait=20")
    assert reply.status == 422
    assert "preference-applied" not in headers


def test_a_client_that_leaves_is_not_waited_for(live, owner):
    key = make_api_key(owner.tenant)[1]
    with live.connect() as wire:
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        wire.head(
            "POST",
            UPLOAD,
            authorization=f"Bearer {key}",
            content_type=kind,
            content_length=len(FORM),
            prefer="wait=20",
        ).send(FORM)
        wait_until(lambda: is_watched(Job.objects.first()))
    wait_until(lambda: not is_watched(Job.objects.get()))


def is_watched(job):
    return job is not None and any(
        channel_of(job.id) in hub._watchers for hub in tuple(_hubs.values())
    )
