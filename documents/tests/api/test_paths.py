"""Every operation without its last slash, and addresses below ``/api/`` that are none."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import Tenant
from accounts.tests.factories import make_api_key, make_tenant
from config.tests.conformance import openapi
from config.tests.serving import Reply, Serving
from documents.tests.isolation.places import Operation, every_operation
from documents.tests.isolation.sweep import call_of, objects_of
from documents.tests.multipart import BOUNDARY, file_form
from documents.tests.test_upload_lane import problem

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNKNOWN = (
    "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/documents/", "/api/v1/nothing",
    "/api/v1/documents/x/", f"/api/v1/documents/{uuid.UUID(int=7)}/nothing", "/api/v1//documents/",
    "/api/v1/documents//", "/api/v1/uploads/x", "/api/v1/uploads/x/y/", "/api/v1/jobs/1/events",
    "/api/v1/%00/", "/api/v1/documents/%2e%2e/", "/api/openapi.json",
    "/api/v1/nothing/",
)  # fmt: skip
# They change from one answer to the next, whatever is asked.
OF_THE_MOMENT = {"date", "x-request-id", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset",
                 "content-length"}  # fmt: skip


def asked(
    live: Serving, key: str | None, method: str, path: str, body: bytes, **more: Any
) -> Reply:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with live.connect() as wire:
        wire.head(method, path, content_length=len(body), **headers, **more)
        return wire.send(body).answer(method)


def told(reply: Reply) -> tuple[int, set[str], Any]:
    """Return what two answers to the same request have in common: status, headers, keys."""
    is_json = "json" in reply.headers.get("content-type", [""])[0]
    body = json.loads(reply.body) if is_json and reply.body else None
    keys = sorted(body) if isinstance(body, dict) else None
    code = body.get("type") if isinstance(body, dict) and reply.status >= 400 else None
    return reply.status, {*reply.headers} - OF_THE_MOMENT, (keys, code)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", every_operation(), ids=str)
def test_without_its_slash_it_is_the_same_operation(live: Serving, operation: Operation) -> None:
    """No redirect, whatever the method: clients would repeat it as a GET, without the body."""
    answers = []
    documented = "/" if operation.path.endswith("/") else ""  # what is a file has none
    for ending in (documented, ""):
        tenant = make_tenant()  # what may be done once, each may
        key = make_api_key(tenant)[1]
        call = call_of(operation, objects_of(operation, tenant))
        kind, content = call.media_type, b""
        if kind.startswith("multipart/"):
            kind, content = f"multipart/form-data; boundary={BOUNDARY}", file_form(b"%PDF-1.7 x")
        elif kind == "application/json":
            content = json.dumps(call.body).encode()
        headers = {name: value for name, value in call.headers.items()}
        if kind:
            headers["content-type"] = kind
        path = call.path.rstrip("/") + ending
        answers.append(asked(live, key, call.method, path, content, **headers))
    assert told(answers[0]) == told(answers[1])
    assert answers[1].status not in (301, 302, 307, 308, 405)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", UNKNOWN)
def test_what_is_nothing_is_json(live: Serving, tenant: Tenant, path: str) -> None:
    key = make_api_key(tenant)[1]
    form = f"multipart/form-data; boundary={BOUNDARY}"
    for who in (key, None):
        for method in METHODS:
            for kind, body in (("application/json", b"{}"), (form, file_form(b"%PDF-1.7 x"))):
                content = b"" if method == "GET" else body
                reply = asked(
                    live, who, method, path, content, content_type=kind, accept="text/html",
                    tus_resumable="1.0.0",
                )  # fmt: skip
                status, code = problem(reply)
                expected = {(404, "not_found")}
                if re.fullmatch("/api/v1/uploads/[^/]*", path.rstrip("/")) and who is None:
                    expected.add((401, "not_authenticated"))
                assert (status, code) in expected, (method, kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ending", ["", "/"])
def test_a_method_that_is_not_there_is_405_in_json(
    live: Serving, tenant: Tenant, method: str, ending: str
) -> None:
    key = make_api_key(tenant)[1]
    for path, methods in openapi()["paths"].items():
        if method.lower() in methods or "{" in path:
            continue
        reply = asked(live, key, method, path.rstrip("/") + ending, b"")
        assert (reply.status, told(reply)[2][1]) == (405, "method_not_allowed"), path
        allowed = {each.strip() for each in reply.headers["allow"][0].split(",")}
        assert {each.upper() for each in methods} <= allowed


def test_pages_are_told_in_pages() -> None:
    """Only what begins as the API is answered as the API."""
    assert "json" not in Client().get("/apis/")["content-type"]
