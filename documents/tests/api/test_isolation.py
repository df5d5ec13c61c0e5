"""Each operation that names an object × each credential that must not reach it.

The cases come from the OpenAPI document: a new operation with an id in its path is in the sweep
as soon as it is served, and fails until ``OBJECTS`` says how to make what it names.
"""

from __future__ import annotations

import re
import uuid

import pytest
from django.utils import timezone

from accounts.principal import ROLE_SCOPES
from accounts.tests.factories import make_api_key
from config.tests.conformance import ApiClient, operations
from documents.models import Document, Job
from documents.tests.factories import make_document, make_job

OBJECTS = {
    "document_id": lambda tenant: make_document(tenant).id,
    "job_id": lambda tenant: make_job(make_document(tenant), state="succeeded").id,
}
OPEN_TO_ALL = {"getHealth"}
OPEN_TO_EVERY_KEY = {"getWhoAmI"}
# A ticket is how a key that may look follows a job: its POST changes nothing but the ticket.
OPEN_TO_WHO_LOOKS = {"createSocketTicket": 201}
BODIES = {"watermarkDocument": {"watermark_text": "x"}}

with_id = pytest.mark.parametrize(
    ("method", "path", "name"),
    [(method, path, each["operationId"]) for method, path, each in operations() if "{" in path],
)
every_one = pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        (method, path, each["operationId"])
        for method, path, each in operations()
        if each["operationId"] not in OPEN_TO_ALL
    ],
)


def call(client, method, path, name, identifier=None):
    path = re.sub(r"\{\w+\}", str(identifier or uuid.uuid4()), path)
    if name in BODIES:
        return client.send_json(path, BODIES[name])
    return client.generic(method, path)


def body_without_request_id(answer):
    return re.sub(rb'"request_id":"[^"]+"', b"", answer.content)


def everything():
    return list(Document.objects.values()), list(Job.objects.values())


def make_object(path, tenant):
    (parameter,) = re.findall(r"\{(\w+)\}", path)
    return OBJECTS[parameter](tenant)


@with_id
def test_anothers_object_is_as_unknown_as_one_that_never_was(
    api_of, tenant, stranger, method, path, name
):
    identifier = make_object(path, tenant)
    before = everything()
    api = api_of(stranger.tenant)

    foreign = call(api, method, path, name, identifier)
    unknown = call(api, method, path, name)

    assert (foreign.status_code, foreign.json()["type"]) == (404, "not_found")
    assert body_without_request_id(foreign) == body_without_request_id(unknown)
    headers = [set(dict(answer.items())) for answer in (foreign, unknown)]
    assert headers[0] == headers[1]
    assert everything() == before


@with_id
def test_what_is_no_id_is_as_unknown(api, method, path, name):
    unknown = call(api, method, path, name)
    for nonsense in ("7", "x" * 36, "../documents", "%00"):
        answer = call(api, method, path, name, nonsense)
        assert answer.status_code == 404
        assert body_without_request_id(answer) == body_without_request_id(unknown)


@with_id
def test_a_session_of_somebody_else_is_no_better(tenant, stranger, method, path, name):
    identifier = make_object(path, tenant)
    assert call_as_page(stranger.client, method, path, identifier).status_code == 404


def call_as_page(client, method, path, identifier):
    return client.generic(method, re.sub(r"\{\w+\}", str(identifier), path))


@every_one
def test_nobody_gets_anything(nobody, tenant, method, path, name):
    identifier = make_object(path, tenant) if "{" in path else None
    answer = call(nobody, method, path, name, identifier)
    assert (answer.status_code, answer.json()["type"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@every_one
def test_a_key_that_does_not_hold_opens_nothing(flawed_keys, method, path, name):
    for flaw, key in flawed_keys.items():
        answer = call(ApiClient(key), method, path, name)
        assert answer.status_code == 401, flaw


@pytest.fixture
def flawed_keys(tenant):
    now = timezone.now()
    good = make_api_key(tenant)[1]
    return {
        "mistyped": good[:-1] + ("x" if good[-1] != "x" else "y"),
        "revoked": make_api_key(tenant, revoked_at=now)[1],
        "expired": make_api_key(tenant, expires_at=now)[1],
    }


@every_one
def test_without_a_scope_nothing_happens(api_of, tenant, method, path, name):
    identifier = make_object(path, tenant) if "{" in path else None
    before = everything()
    answer = call(api_of(tenant, ["members:write"]), method, path, name, identifier)
    if name in OPEN_TO_EVERY_KEY:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["type"]) == (403, "insufficient_scope")
    assert everything() == before


@every_one
def test_who_only_looks_changes_nothing(api_of, tenant, method, path, name):
    identifier = make_object(path, tenant) if "{" in path else None
    before = everything()
    answer = call(api_of(tenant, ROLE_SCOPES["viewer"]), method, path, name, identifier)
    expected = OPEN_TO_WHO_LOOKS.get(name, 200 if method == "GET" else 403)
    assert answer.status_code == expected
    assert everything() == before


def test_the_sweep_reaches_every_operation():
    covered = {each["operationId"] for _, _, each in operations()} - OPEN_TO_ALL
    assert len(covered) >= 13
    assert all(each["security"] for _, _, each in operations() if each["operationId"] in covered)


def test_anothers_document_filters_like_an_unknown_one(api_of, tenant, stranger):
    job = make_job(make_document(tenant))
    answers = [
        api_of(stranger.tenant).get("/api/v1/jobs/", {"document_id": str(identifier)})
        for identifier in (job.document_id, uuid.uuid4())
    ]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["results"] == []
