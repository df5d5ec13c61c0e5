"""Every answer of the running web, by whichever layer, carries what protects who reads it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.services import webhook_endpoints
from config.tests.guarding import Inline, faults_of_headers
from config.tests.serving import Reply
from documents.tests.headers.asking import STATIC, Asked, every_request
from documents.tests.isolation.world import World
from documents.tests.processes import ROOT, environment
from documents.tests.production import SETTINGS, Web, production_web

# Pages and answers that may be kept: what everybody may see, and what has a validator.
MAY_BE_KEPT = {"/openapi.json": "no-cache"}
DOWNLOADS = ("/download/", "/result/", "/preview.png", "/archive.zip", "/manifest.csv", ".pdf")
LEAST = {200, 301, 302, 400, 401, 403, 404, 405, 415, 422}


@pytest.fixture(scope="module")
def running_web(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Web]:
    """Run the web as in production, until the last test of this module."""
    blobs = tmp_path_factory.mktemp("web") / "blobs"
    with django_db_blocker.unblock(), override_settings(BLOB_DIR=blobs), production_web() as web:
        yield web


@pytest.fixture
def web(running_web: Web, transactional_db: None) -> Web:
    """Return the running web, on this test's rows."""
    return running_web


def is_kept_by_nobody(asked: Asked, reply: Reply) -> bool:
    """Whether no browser and no proxy keeps the answer, or it is one of those that may be kept."""
    said = reply.headers.get("cache-control", [])
    if len(said) != 1:
        return False
    if asked.address.startswith(STATIC) and reply.status == 200:
        return "public" in said[0]
    if asked.address.endswith(DOWNLOADS) and reply.status == 200:
        return said == ["private, no-cache"]
    return "no-store" in said[0] or said[0] == MAY_BE_KEPT.get(asked.address)


def faults_of(asked: Asked, reply: Reply) -> Iterator[str]:
    """Yield what is wrong with an answer."""
    for fault in faults_of_headers(reply.headers, over_tls=True):
        yield f"{asked} ({reply.status}): {fault}"
    if not is_kept_by_nobody(asked, reply):
        yield f"{asked} ({reply.status}): cache-control {reply.headers.get('cache-control')}"
    if "x-request-id" not in reply.headers:
        yield f"{asked} ({reply.status}): no request id"
    if reply.status >= 500:
        yield f"{asked} ({reply.status})"
    if reply.headers.get("content-type", [""])[0].startswith("text/html"):
        yield from (f"{asked}: {each}" for each in Inline.of(reply.body.decode()))
    for cookie in reply.headers.get("set-cookie", ()):
        if not {"secure", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}:
            yield f"{asked}: {cookie}"


@pytest.mark.long
def test_every_answer_is_guarded(
    web: Web, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each request is about an endpoint of its own.
    monkeypatch.setattr(webhook_endpoints, "ENDPOINTS_MOST", 10_000)
    found, seen = [], Counter[int]()
    for asked in every_request(World()):
        reply = asked.sent_to(web)
        seen[reply.status] += 1
        found += faults_of(asked, reply)
    assert found == []
    assert seen.keys() >= LEAST
    with capsys.disabled():
        print(f"\nanswers swept: {seen.total()}, by status {dict(sorted(seen.items()))}")


BIG = str(2**40)
FORM = "multipart/form-data; boundary=x"
# Refused before Django sees them, by the lanes or by the server below them.
EARLY = {
    "a file of nobody's": (Asked("POST", "/api/v1/documents/", {"content-type": FORM}), 401),
    "a body too long": (
        Asked("POST", "/accounts/login/", {"content-length": BIG, "content-type": "text/plain"}),
        413,
    ),
    "an unknown host": (Asked("GET", "/docs", {"host": "evil.example"}), 400),
}


@pytest.mark.parametrize("name", EARLY)
def test_what_is_refused_early_is_guarded(web: Web, name: str) -> None:
    asked, status = EARLY[name]
    reply = asked.sent_to(web)
    assert reply.status == status
    assert list(faults_of(asked, reply)) == []


def test_a_file_too_long_is_guarded(web: Web) -> None:
    headers = {**World().key.headers, "content-type": FORM, "content-length": BIG}
    asked = Asked("POST", "/api/v1/documents/", headers)
    reply = asked.sent_to(web)
    assert reply.status == 413
    assert list(faults_of(asked, reply)) == []


def test_plain_http_is_sent_to_tls(web: Web) -> None:
    with web.connect() as wire:
        reply = wire.head("GET", "/docs").answer()
    assert (reply.status, reply.headers["location"]) == (301, ["https://localhost/docs"])
    assert faults_of_headers(reply.headers) == []


UNREADABLE = {
    "no HTTP": b"GET /x\x00y HTTP/1.1\r\n\r\n",
    "a head without end": b"GET / HTTP/1.1\r\nx: " + b"a" * 70_000,
    "no handshake": b"GET /ws/v1/jobs/1/ HTTP/1.1\r\nhost: localhost\r\n"
    b"connection: upgrade\r\nupgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_server_itself_refuses_is_guarded(web: Web, name: str) -> None:
    """Whether such a request came over TLS nobody knows: its headers were not read."""
    with web.connect() as wire:
        reply = wire.send(UNREADABLE[name]).answer()
    assert reply.status in (400, 431)
    assert faults_of_headers(reply.headers) == []


def test_a_socket_tells_no_server(web: Web) -> None:
    headers = {"connection": "upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}
    with web.connect() as wire:
        wire.head("GET", "/ws/v1/x/", **headers, sec_websocket_key="AAAAAAAAAAAAAAAAAAAAAA==")
        assert wire.line().split()[1] == b"101"
        while line := wire.line():
            assert not line.lower().startswith((b"server:", b"x-powered-by:"))


def test_the_deployment_check_has_nothing_to_say(db: None) -> None:
    """But for the sandbox, which depends on the machine's kernel."""
    done = subprocess.run(
        (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        cwd=ROOT,
        env=environment(**SETTINGS, COUNTERMARK_SECRET_KEY=os.urandom(32).hex()),
        capture_output=True,
        text=True,
    )
    identifiers = {word for word in done.stderr.split() if word.startswith("(")}
    assert identifiers <= {"(countermark.W050)"}, done.stderr
