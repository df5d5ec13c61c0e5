"""The nightly look at the invariants: once a night, whoever comes first, and told afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.tests.cast import Person
from config.invariants import Finding, known_invariants
from config.tests.conformance import ApiClient
from documents.models import NightlyCheck
from documents.relay.nightly import check_nightly, finish_check, holds
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job
from documents.tests.processes import in_threads, running

pytestmark = pytest.mark.django_db(transaction=True)


def look() -> NightlyCheck:
    assert check_nightly() == 1
    finish_check()
    return NightlyCheck.objects.latest("night")


def health() -> tuple[int, str, str]:
    answer = ApiClient().get("/api/v1/health/")
    body = answer.json()
    return answer.status_code, body["status"], body["invariants"]["status"]


def test_finds_all_as_it_must_be_and_says_so() -> None:
    assert health() == (200, "ok", "unchecked")
    check = look()
    assert check.held and check.ended_at
    assert len(check.findings) == len(known_invariants())
    assert health() == (200, "ok", "held")


def test_what_is_broken_is_told_and_requests_are_served_all_the_same() -> None:
    make_job()  # past the services, so that nobody was told of it
    check = look()
    assert check.held is False
    broken = {each["name"]: each for each in check.findings if each["status"] == "broken"}
    assert {"job_start_told", "document_told"} == set(broken)
    assert broken["job_start_told"]["examples"][0]["detail"] == "0 events job.queued"
    assert health() == (200, "degraded", "broken")


def test_an_old_look_says_nothing_of_today() -> None:
    look()
    NightlyCheck.objects.update(ended_at=timezone.now() - timedelta(hours=31))
    assert health() == (200, "ok", "unchecked")


def test_once_a_night_however_many_relays_there_are() -> None:
    begun: list[int] = []
    for thread in in_threads(lambda: begun.append(check_nightly()), 4):
        thread.join()
    finish_check()
    assert sum(begun) == 1
    assert check_nightly() == 0
    NightlyCheck.objects.update(night=timezone.now() - timedelta(days=2))
    assert check_nightly() == 1
    finish_check()
    assert NightlyCheck.objects.count() == 2


def test_one_that_was_lost_is_begun_again() -> None:
    check = look()
    NightlyCheck.objects.update(ended_at=None, held=None)
    assert check_nightly() == 0  # it may still be under way
    NightlyCheck.objects.update(began_at=timezone.now() - timedelta(hours=3))
    assert look().pk == check.pk


def test_unchecked_is_neither_held_nor_broken() -> None:
    held, unchecked, broken = (
        Finding("", "", status) for status in ("held", "unchecked", "broken")
    )
    assert holds([held]) is True
    assert holds([held, unchecked]) is None
    assert holds([held, unchecked, broken]) is False


def test_the_relay_does_it(owner: Person, queue: Queue) -> None:
    make_document(owner.tenant)
    connection.close()
    with running("manage.py", "relay", "--once") as relay:
        assert relay.wait(60) == 0
    assert NightlyCheck.objects.get().ended_at


def test_staff_see_what_was_found(staff: Client) -> None:
    make_job()
    check = look()
    page = staff.get("/admin/documents/nightlycheck/")
    assert page.status_code == 200
    answer = staff.get(f"/admin/documents/nightlycheck/{check.pk}/change/")
    assert "job_start_told" in answer.content.decode()
    assert staff.post("/admin/documents/nightlycheck/add/").status_code == 403
