"""The contract's rows that only real connections show: waiting, limits, each lane's refusals."""

from __future__ import annotations

import json

import pytest

from accounts.models import Tenant
from accounts.tests.factories import make_api_key
from config.tests.conformance import check_answer
from documents.models import Job
from documents.services.jobs import cancel_job
from documents.tests.factories import make_document, make_pdf
from documents.tests.multipart import BOUNDARY, END, part
from documents.tests.processes import wait_until

MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM = part("file", make_pdf(), "a.pdf") + END
UPLOADS, MARKS = "/api/v1/documents/", "/api/v1/watermark/"
MEBIBYTE = 1024 * 1024
WAITING = 100


def ask(wire, method, path, body=b"", content_type=MULTIPART, **headers):
    """Send a request and leave its answer for later."""
    if body:
        headers |= {"content_type": content_type, "content_length": len(body)}
    wire.head(method, path, **headers)
    return wire.send(body) if body else wire


def answered(live, method, path, *more, **headers):
    """Send a request and return status, headers and body, which the document declares."""
    with live.connect() as wire:
        reply = ask(wire, method, path, *more, **headers).answer()
    flat = {name: values[0] for name, values in reply.headers.items()}
    check_answer(method, path.partition("?")[0], reply.status, flat, reply.body)
    return reply.status, flat, json.loads(reply.body) if reply.body else None


def test_e1_a_hundred_who_wait_keep_nobody_waiting(live, owner):
    key = f"Bearer {make_api_key(owner.tenant)[1]}"
    path = f"/api/v1/documents/{make_document(owner.tenant).id}/watermark/"
    mark = json.dumps({"watermark_text": "x"}).encode()
    waiting = [live.connect() for _ in range(WAITING)]
    try:
        for wire in waiting:
            headers = {"authorization": key, "prefer": "wait=20"}
            ask(wire, "POST", path, mark, "application/json", **headers)
        wait_until(lambda: Job.objects.count() == WAITING)
        status, _, listed = answered(live, "GET", "/api/v1/jobs/?limit=1", authorization=key)
        assert (status, listed["results"][0]["state"]) == (200, "queued")
        for job in Job.objects.all():
            cancel_job(principal=owner.principal, job=job)
        replies = [wire.answer() for wire in waiting]
    finally:
        for wire in waiting:
            wire.close()
    assert [reply.status for reply in replies] == [200] * WAITING
    bodies = [json.loads(reply.body) for reply in replies]
    assert len({body["id"] for body in bodies}) == WAITING
    assert {(body["state"], body["download_url"]) for body in bodies} == {("cancelled", None)}


def test_e7_uploads_are_limited_by_key_and_not_by_address(live, owner):
    Tenant.objects.filter(pk=owner.tenant.pk).update(uploads_per_minute=10, requests_per_minute=600)
    first, second = (f"Bearer {make_api_key(owner.tenant)[1]}" for _ in range(2))
    answers = [answered(live, "POST", UPLOADS, FORM, authorization=first) for _ in range(11)]
    assert [status for status, _, _ in answers] == [201] * 10 + [429]
    _, headers, _ = answers[0]
    assert headers["ratelimit-policy"] == '"requests";q=600;w=60, "uploads";q=10;w=60'
    assert headers["ratelimit"] == '"requests";r=599;t=60, "uploads";r=9;t=60'
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("10", "9")
    _, headers, body = answers[-1]
    assert body["type"] == "rate_limited"
    assert 0 < int(headers["retry-after"]) <= 60
    assert headers["ratelimit-policy"] == '"uploads";q=10;w=60'
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("10", "0")
    assert answered(live, "POST", UPLOADS, FORM, authorization=second)[0] == 201
    assert answered(live, "GET", UPLOADS, authorization=first)[0] == 200


def refusals(owner):
    """Return what each lane refuses: name, request, status and code."""
    key = {"authorization": f"Bearer {make_api_key(owner.tenant)[1]}"}
    reads = make_api_key(owner.tenant, scopes=["documents:read"])[1]
    extra = part("file", make_pdf(), "a.pdf") + part("colour", b"red") + END
    json_type = "application/json"
    return [
        ("nobody uploads", ("POST", UPLOADS, FORM), {}, 401, "not_authenticated"),
        ("nobody reads", ("GET", UPLOADS), {}, 401, "not_authenticated"),
        (
            "a key without the scope uploads",
            ("POST", UPLOADS, FORM),
            {"authorization": f"Bearer {reads}"},
            403,
            "insufficient_scope",
        ),
        ("a field that is not known", ("POST", MARKS, extra), key, 422, "validation_error"),
        ("a form that ends early", ("POST", UPLOADS, FORM[:60]), key, 400, "malformed_form"),
        (
            "a file that is longer than allowed",
            ("POST", UPLOADS, b"x" * (2 * MEBIBYTE)),
            key,
            413,
            "payload_too_large",
        ),
        ("no form at all", ("POST", MARKS, b"{}", json_type), key, 415, "unsupported_media_type"),
        ("an unknown address", ("GET", "/api/v1/nothing/"), key, 404, "not_found"),
        ("a method that is not there", ("PUT", UPLOADS), key, 405, "method_not_allowed"),
        ("no JSON", ("POST", "/api/v1/presets/", b"{", json_type), key, 400, "malformed_json"),
    ]


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_errors_have_one_shape_in_every_lane(live, owner, accept):
    Tenant.objects.filter(pk=owner.tenant.pk).update(max_file_bytes=MEBIBYTE // 2)
    for name, request, headers, status, code in refusals(owner):
        found, told, body = answered(live, *request, accept=accept, **headers)
        assert (found, told["content-type"]) == (status, accept), name
        assert body["status"] == status and body["request_id"] == told["x-request-id"], name
        if accept == "application/json":
            assert body["type"] == code, name
        else:
            assert (body["code"], body["instance"]) == (code, request[1]), name
            assert body["type"].endswith(f"/docs/errors#{code}") and isinstance(
                body["detail"], str
            ), name


def test_errors_402_is_an_allowance_and_told_before_the_body(live, owner):
    Tenant.objects.filter(pk=owner.tenant.pk).update(monthly_documents=1)
    key = f"Bearer {make_api_key(owner.tenant)[1]}"
    form = part("watermark_text", b"x") + FORM
    answers = [answered(live, "POST", MARKS, form, authorization=key) for _ in range(2)]
    assert [status for status, _, _ in answers] == [202, 402]
    _, headers, body = answers[-1]
    assert (body["type"], "retry-after" in headers) == ("quota_exceeded", False)
