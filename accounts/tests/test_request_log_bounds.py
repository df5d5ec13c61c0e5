"""What a tenant's request log may come to, however many requests there are and are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import LoggedRequest, RequestTally, request_tally
from accounts.principal import Principal
from accounts.request_lines import requests_for
from accounts.services import request_log, request_notes, request_writing
from accounts.services.request_log import forget_old_requests, note_request, write_noted
from accounts.services.request_writing import Writer
from accounts.tests.factories import make_logged_request, make_principal, make_tenant
from config.database.reach import all_tenants

pytestmark = pytest.mark.django_db
MANY_LINES = """
    INSERT INTO accounts_loggedrequest (tenant_id, number, at, request_id, method, path, status,
        milliseconds, times)
    SELECT %s, number, now(), 'request-' || number, 'GET', '/api/v1/documents/', 200, 3, 1
    FROM generate_series(1, %s) AS number
"""


@pytest.fixture(autouse=True)
def log_is_on(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep lines, let each test write them itself, and none remember those of another."""
    settings.REQUEST_LOG_DAYS = 7
    request_log._notes.take()
    monkeypatch.setattr(request_log, "_write_later", lambda: None)
    monkeypatch.setattr(request_log, "_writer", Writer())
    yield
    request_log._notes.take()


def note(principal: Principal, times: int = 1, **given: Any) -> None:
    usual = {"method": "GET", "path": "/api/v1/x/", "status": 200, "seconds": 0.0124}
    for _ in range(times):
        note_request(principal=principal, **{"request_id": "a-request-id", **usual, **given})


def numbers_of(tenant_id: UUID) -> list[int]:
    return list(LoggedRequest.objects.filter(tenant_id=tenant_id).values_list("number", flat=True))


def test_a_flood_is_no_flood_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_principal(), make_principal()
    note(first, 50)
    note(first, status=500)
    note(second)
    assert write_noted() == request_notes.LINES_OF_TENANT + 2
    monkeypatch.setattr(request_notes, "LINES", 3)
    note(first, 5)
    assert write_noted() == 3


def test_a_tenant_has_its_newest_lines_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_writing, "LINES_KEPT", 5)
    principal, other = make_principal(), make_principal()
    note(other, 3)
    for _ in range(4):
        note(principal, 3)
        write_noted()
        assert LoggedRequest.objects.filter(tenant_id=principal.tenant_id).count() <= 5
    assert numbers_of(principal.tenant_id) == [12, 11, 10, 9, 8]
    assert numbers_of(other.tenant_id) == [3, 2, 1]


def test_what_is_displaced_costs_as_many_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    principal = make_principal()
    note(principal)
    with CaptureQueriesContext(connection) as of_the_first:
        write_noted()
    monkeypatch.setattr(request_writing, "LINES_KEPT", 2)
    note(principal, 15)
    with CaptureQueriesContext(connection) as of_many:
        write_noted()
    assert len(of_many) == len(of_the_first)
    assert len(numbers_of(principal.tenant_id)) == 2


def test_a_minute_takes_its_share_of_each_kind_from_all_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request_tally, "LINES_OF_MINUTE", 10)
    principal = make_principal()
    written = 0
    for _ in range(3):
        monkeypatch.setattr(request_log, "_writer", Writer())  # of another process
        note(principal, 6)
        written += write_noted()
    tally = RequestTally.objects.get()
    if tally.went_well == written:  # and no minute ended meanwhile
        assert written == 10
    note(principal, status=404)
    assert write_noted() == 1
    RequestTally.objects.update(minute="2026-01-01T00:00Z")
    note(principal)
    assert write_noted() == 1


def test_what_is_refused_for_its_rate_is_a_line_a_minute_with_a_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    principal, other = make_principal(), make_principal()
    note(principal, 340, status=429)
    note(other, 2, status=429)
    note(principal)
    assert write_noted() == 3
    lines = LoggedRequest.objects.filter(status=429).order_by("times")
    assert [line.times for line in lines] == [2, 340]
    written = RequestTally.objects.get(tenant_id=principal.tenant_id)
    note(principal, 60, status=429)
    write_noted()
    tally = RequestTally.objects.get(tenant_id=principal.tenant_id)
    if tally.minute == written.minute:
        assert [line.times for line in lines.all()] == [2, 400]
        assert tally.last_number == written.last_number
    note(principal, 7, status=429)
    limited = request_log._writer._limited
    for who, (number, minute) in list(limited.items()):
        limited[who] = (number, minute.replace(year=2025))
    write_noted()
    assert sorted(line.times for line in lines.all())[:2] == [2, 7]


@pytest.mark.django_db(transaction=True)
def test_processes_that_write_at_once_number_their_lines_apart() -> None:
    principals = [make_principal() for _ in range(3)]

    def write(order: list[Principal]) -> None:
        try:
            for _ in range(5):
                notes = request_notes.Notes()
                for principal in order:
                    line = request_notes.Line(
                        principal.tenant_id, 0.0, "an-id", "GET", "/x/", 200, 1, None, uuid4()
                    )
                    notes.add(line)
                written.append(len(order) - Writer().write(notes.take()[0]))
        finally:
            connection.close()

    written: list[int] = []
    threads = [Thread(target=write, args=(order,)) for order in (principals, principals[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == 30
    with all_tenants():
        for principal in principals:
            assert sorted(numbers_of(principal.tenant_id)) == list(range(1, 11))


@pytest.mark.django_db(transaction=True)
def test_forgetting_waits_for_nobody_who_displaces() -> None:
    line = make_logged_request(make_tenant(), at="2026-01-01T00:00Z")
    make_logged_request(line.tenant, at="2026-01-01T00:00Z")
    forgotten: list[int] = []

    def forget() -> None:
        with all_tenants():
            forgotten.append(forget_old_requests())
        connection.close()

    with transaction.atomic():
        LoggedRequest.objects.select_for_update().get(pk=line.pk)
        thread = Thread(target=forget)
        thread.start()
        thread.join()
    assert forgotten == [1]


def test_the_page_and_its_search_read_an_index_and_no_more() -> None:
    principal = make_principal()
    with connection.cursor() as cursor:
        for each in (principal, make_principal()):
            cursor.execute(MANY_LINES, [each.tenant_id, 12_000])
        # Whatever statistics say: is there an index that has the lines in the page's order?
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")

    def read(found: QuerySet[LoggedRequest], index: str) -> list[int]:
        """Return how many rows were read in vain."""
        plan = found[:51].explain(analyze=True, timing=False, costs=False)
        assert index in plan and "Seq Scan" not in plan
        return [int(each) for each in re.findall(r"Removed by Filter: (\d+)", plan)]

    backwards = "Index Scan Backward using request_numbered"
    newest, older = requests_for(principal), requests_for(principal, before=10_000)
    searched = requests_for(principal, request_id="request-17")
    assert [each.number for each in searched.all()] == [17]
    assert read(newest, backwards) == read(older, backwards) == []
    assert read(searched, "Index Scan using request_by_request_id") == []
    # What has no index of its own walks the tenant's lines, which are bounded, and no others.
    rare = requests_for(principal, outcome="failed")
    assert read(rare, "request_numbered") == [len(numbers_of(principal.tenant_id))]
