"""The request log: what is kept of a request, of how many, for how long, and who sees it."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from structlog.testing import capture_logs

from accounts.models import LoggedRequest
from accounts.services import request_log
from accounts.services.request_log import forget_old_requests, note_request, write_noted
from accounts.tests.cast import Person
from accounts.tests.factories import (
    bearer,
    make_api_key,
    make_logged_request,
    make_principal,
    make_tenant,
)

pytestmark = pytest.mark.django_db
IN_TIME = request_log._write_later
WHOAMI = "/api/v1/auth/whoami/"


@pytest.fixture(autouse=True)
def log_is_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep lines, and let each test write them itself."""
    settings.REQUEST_LOG_DAYS = 7
    request_log._notes.take()
    monkeypatch.setattr(request_log, "_write_later", lambda: None)
    yield
    request_log._notes.take()


def shown(person: Person, **query: str) -> str:
    answer = person.client.get(reverse("accounts:request_log"), query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def note(principal: Any, **given: Any) -> None:
    usual = {"method": "GET", "path": "/api/v1/x/", "status": 200, "seconds": 0.0124}
    note_request(principal=principal, **{"request_id": "a-request-id", **usual, **given})


def wait_for_writers() -> None:
    for thread in threading.enumerate():
        if thread.name == "request-log":
            thread.join()


def test_a_call_leaves_a_line_without_its_secrets() -> None:
    key, text = make_api_key()
    headers = {**bearer(text), "HTTP_X_REQUEST_ID": "mine-0001"}
    answer = Client().get(f"{WHOAMI}?token=secret", **headers)
    assert answer.status_code in (200, 422)
    assert write_noted() == 1
    line = LoggedRequest.objects.get()
    assert (line.tenant_id, line.api_key_id, line.user_id) == (key.tenant_id, key.pk, None)
    assert (line.method, line.path, line.status) == ("GET", WHOAMI, answer.status_code)
    assert line.request_id == "mine-0001" == answer["X-Request-ID"]
    columns = {field.name for field in LoggedRequest._meta.concrete_fields}
    kept = " ".join(str(getattr(line, name)) for name in columns)
    assert "secret" not in kept and text not in kept


def test_refused_calls_are_there_and_those_of_nobody_are_not() -> None:
    _, text = make_api_key(scopes=["jobs:read"])
    assert Client().get("/api/v1/documents/", **bearer(text)).status_code == 403
    assert Client().get("/api/v1/documents/").status_code == 401
    Client().get("/")
    write_noted()
    assert [each.status for each in LoggedRequest.objects.all()] == [403]


def test_as_many_statements_whatever_there_is_and_nothing_of_who_has_gone(
    django_assert_num_queries: Any,
) -> None:
    stays = make_principal()
    gone = replace(stays, tenant_id=uuid4())
    for principal in (gone, stays, stays):
        note(principal, path="/api/v1/\0" + "x" * 900)
    with django_assert_num_queries(7):  # two are a savepoint
        assert write_noted() == 2
    assert len(LoggedRequest.objects.all()[0].path) == 200


def test_the_first_line_has_somebody_see_that_all_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    principal = make_principal()
    for _ in range(3):
        note(principal)
    assert len(started) == 1 and not started[0].daemon
    write_noted()
    note(principal)
    assert len(started) == 2


@pytest.mark.django_db(transaction=True)
def test_lines_are_written_behind_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(request_log, "_write_later", IN_TIME)
    _, text = make_api_key()
    Client().get(WHOAMI, **bearer(text))
    wait_for_writers()
    assert LoggedRequest.objects.get().path == WHOAMI


def test_without_a_thread_the_answer_stands_and_the_next_line_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_to_be_had(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    _, text = make_api_key()
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(threading.Thread, "start", none_to_be_had)
        answers = [Client().get(WHOAMI, **bearer(text)).status_code for _ in range(2)]
    assert 500 not in answers
    lost = [each["count"] for each in logs if each["event"] == "request_lines_lost"]
    assert lost == [1, 1] and write_noted() == 0
    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    Client().get(WHOAMI, **bearer(text))
    assert len(started) == 1 and write_noted() == 1


@pytest.mark.django_db(transaction=True)
def test_lines_that_cannot_be_written_are_counted_and_the_next_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_log, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(request_log, "_write_later", IN_TIME)
    principal = make_principal()
    with capture_logs() as logs:
        note(principal, status=99_999)  # which the column does not hold
        wait_for_writers()
    assert [(each["event"], each["count"]) for each in logs] == [("request_lines_lost", 1)]
    note(principal)
    wait_for_writers()
    assert LoggedRequest.objects.get().status == 200


def test_a_server_may_keep_none(settings: Any) -> None:
    settings.REQUEST_LOG_DAYS = 0
    note(make_principal())
    assert write_noted() == 0


def test_old_lines_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "FORGOTTEN_AT_ONCE", 2)
    tenant = make_tenant()
    for days in (9, 8, 8, 6, 0):
        make_logged_request(tenant, at=Now() - timedelta(days=days))
    assert [forget_old_requests() for _ in range(3)] == [2, 1, 0]
    assert LoggedRequest.objects.count() == 2


def test_the_page_filters_by_answer_key_and_id(owner: Person) -> None:
    key, _ = make_api_key(owner.tenant, name="Robot")
    make_logged_request(owner.tenant, path="/api/v1/good/", api_key_id=key.pk)
    make_logged_request(owner.tenant, path="/api/v1/bad/", status=422, request_id="the-bad-one")
    make_logged_request(
        owner.tenant, path="/api/v1/worse/", status=503, user_id=owner.user.pk, method="DELETE"
    )
    make_logged_request(make_tenant(), path="/api/v1/theirs/", request_id="the-bad-one")
    paths = ("good", "bad", "worse", "theirs")

    def found(**query: str) -> list[str]:
        text = shown(owner, **query)
        return [each for each in paths if f"/api/v1/{each}/" in text]

    assert found() == ["good", "bad", "worse"]
    assert found(outcome="succeeded") == ["good"]
    assert found(outcome="refused") == ["bad"]
    assert found(outcome="failed") == ["worse"]
    assert found(key=str(key.pk)) == ["good"]
    assert found(key="people") == ["bad", "worse"]
    assert found(request_id=" the-bad-one ") == ["bad"]
    assert found(outcome="nonsense", key="nonsense", before="nonsense") == ["good", "bad", "worse"]
    assert "No such request" in shown(owner, request_id="unheard-of")
    text = shown(owner)
    assert "Robot" in text and owner.user.email in text


def test_older_lines_are_a_page_away_in_as_many_queries(owner: Person) -> None:
    make_logged_request(owner.tenant, user_id=owner.user.pk)
    shown(owner)
    with CaptureQueriesContext(connection) as of_one:
        shown(owner)
    for number in range(60):
        make_logged_request(owner.tenant, path=f"/api/v1/{number}/", user_id=owner.user.pk)
    with CaptureQueriesContext(connection) as of_many:
        first = shown(owner)
    assert len(of_many) == len(of_one)
    assert "/api/v1/59/" in first and "/api/v1/9/" not in first
    before = LoggedRequest.objects.get(path="/api/v1/10/").number
    assert f"before={before}" in first
    second = shown(owner, before=str(before))
    assert "/api/v1/9/" in second and "/api/v1/10/" not in second and "Newest" in second


def test_who_sees_keys_sees_their_requests(viewer: Person) -> None:
    assert viewer.client.get(reverse("accounts:request_log")).status_code == 403
