"""A key that may be used from some networks only is held to that on every way in."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from accounts.models import APIKey
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents import event_lane
from documents.models import Document, Job, ResumableUpload
from documents.tests.event_client import Stream
from documents.tests.factories import make_document, make_job, make_upload
from documents.tests.multipart import begin, file_form
from documents.tests.processes import wait_until

ELSEWHERE, HERE = ["203.0.113.0/24"], ["127.0.0.0/8"]
LIE = {"X-Forwarded-For": "203.0.113.5"}
FORM = file_form(b"%PDF-1.7\n")
Code = tuple[int, str]


def code_of(status: int, body: bytes) -> Code:
    return status, json.loads(body or b"{}").get("type", "")


def by_form(live: Serving, key: str, job: Job) -> Code:
    with begin(live, key, len(FORM), x_forwarded_for="203.0.113.5") as wire:
        reply = wire.answer() if not wire else wire.send(FORM).answer()
    return code_of(reply.status, reply.body)


def by_request(live: Serving, key: str, job: Job) -> Code:
    with live.connect() as wire:
        wire.head("GET", "/api/v1/documents/", authorization=f"Bearer {key}", **lied())
        reply = wire.answer()
    return code_of(reply.status, reply.body)


def by_resumable_upload(live: Serving, key: str, job: Job) -> Code:
    upload = make_upload(job.tenant, size_bytes=5)
    with live.connect() as wire:
        wire.head(
            "PATCH",
            f"/api/v1/uploads/{upload.pk}/",
            authorization="Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            tus_resumable="1.0.0",
            upload_offset=0,
            content_type="application/offset+octet-stream",
            content_length=5,
            **lied(),
        )
        reply = wire.send(b"%PDF-").answer()
    return code_of(reply.status, reply.body)


def by_socket(live: Serving, key: str, job: Job) -> Code:
    url = live.url.replace("http", "ws") + f"/ws/v1/jobs/{job.pk}/"
    headers = {"X-API-Key": key, **LIE}
    with connect(url, proxy=None, additional_headers=headers) as socket:
        told = json.loads(socket.recv(10))
        if told["type"] != "error":
            return 200, ""
        try:
            socket.recv(10)
        except ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else 0) - 4000, told["code"]
    raise AssertionError("The socket stays open.")


def test_a_stream_goes_on_asking_where_it_leads(
    live: Serving, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that may be used from here keeps its stream; once it may not, the stream ends."""
    monkeypatch.setattr(event_lane, "ADMIT_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(event_lane, "HEARTBEAT_SECONDS", 0.2)
    job = make_job(make_document(owner.tenant), state="running", seq=3)
    _, here = make_api_key(owner.tenant, allowed_networks=HERE)
    with Stream(live, f"/api/v1/jobs/{job.pk}/events/", x_api_key=here) as stream:
        stream.next()
        heartbeats = [stream.any() for _ in range(5)]
        assert [each and each.kind for each in heartbeats] == [""] * 5
        APIKey.objects.update(allowed_networks=ELSEWHERE)
        (last,) = stream.rest()
    assert (last.kind, last.data["code"]) == ("refused", "address_not_allowed")


def lied() -> dict[str, str]:
    return {name.lower().replace("-", "_"): value for name, value in LIE.items()}


@pytest.mark.parametrize("way", [by_request, by_form, by_resumable_upload, by_socket])
def test_every_way_in_asks_where_a_request_comes_from(
    live: Serving, owner: Person, way: Callable[[Serving, str, Job], Code]
) -> None:
    job = make_job(make_document(owner.tenant))
    _, here = make_api_key(owner.tenant, allowed_networks=HERE)
    _, elsewhere = make_api_key(owner.tenant, allowed_networks=ELSEWHERE)
    documents, uploads = Document.objects.count(), ResumableUpload.objects.count()

    assert way(live, elsewhere, job) == (403, "address_not_allowed")
    assert Document.objects.count() == documents
    assert way(live, here, job)[0] < 300

    wait_until(live.is_idle)
    assert uploads <= ResumableUpload.objects.count()


def test_a_ticket_may_be_used_elsewhere(live: Serving, owner: Person, client) -> None:
    """A server gets it for a browser, which is not where the server is."""
    job = make_job(make_document(owner.tenant))
    _, text = make_api_key(owner.tenant, allowed_networks=ELSEWHERE)
    headers = {"X-API-Key": text}
    assert client.post("/api/v1/ws-tickets/", headers=headers).status_code == 403
    got = client.post("/api/v1/ws-tickets/", headers=headers, REMOTE_ADDR="203.0.113.5")
    url = live.url.replace("http", "ws") + f"/ws/v1/jobs/{job.pk}/?ticket={got.json()['ticket']}"
    with connect(url, proxy=None) as socket:
        assert json.loads(socket.recv(10))["type"] == "job.snapshot"
