"""The reach of each request, thread and task: queries here filter nothing of their own."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.db import ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.middleware import request_principal
from accounts.tests.factories import bearer, make_api_key, make_tenant
from config.database.reach import (
    all_tenants,
    current_reach,
    enter_all_tenants,
    enter_tenant,
    no_tenant,
    only_tenant,
)
from config.middleware import walled
from documents.hub import in_thread
from documents.models import Job
from documents.processing import run
from documents.tests.factories import make_document, make_job

pytestmark = pytest.mark.django_db


def test_what_is_out_of_reach_is_neither_changed_nor_deleted_nor_made():
    job = make_job()
    stranger = make_tenant()
    with only_tenant(stranger.pk):
        assert Job.objects.filter(pk=job.pk).update(stage="x") == 0
        assert Job.objects.filter(pk=job.pk).delete()[0] == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            make_document(job.tenant)
    assert Job.objects.filter(pk=job.pk, stage="").exists()


def test_many_statements_at_once_keep_to_the_reach():
    ours, theirs = make_job(), make_job()
    rows = [(job.pk,) for job in (ours, theirs)]
    with only_tenant(ours.tenant_id), connection.cursor() as cursor:
        cursor.executemany("UPDATE documents_job SET stage = 'x' WHERE id = %s", rows)
    assert list(Job.objects.filter(stage="x")) == [ours]


def test_reading_in_pieces_keeps_to_the_reach():
    ours = make_job()
    make_job()
    with only_tenant(ours.tenant_id):
        assert list(Job.objects.iterator(chunk_size=1)) == [ours]


def test_a_rolled_back_change_of_reach_opens_nothing():
    make_job()
    with no_tenant(), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic(), all_tenants():
            assert Job.objects.exists()
            raise ZeroDivisionError
        assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_statement_leaves_no_reach_on_its_connection():
    """As the next user of a pooled connection finds it, also behind PgBouncer."""
    make_job()
    with all_tenants():
        assert Job.objects.count() == 1
    with connection.connection.cursor() as plain:
        plain.execute("SELECT current_setting('app.tenant', true), count(*) FROM documents_job")
        assert plain.fetchone() == ("", 0)
        connection.connection.rollback()


def test_a_new_thread_has_the_reach_of_the_process_only():
    seen = []
    with only_tenant(make_tenant().pk):
        thread = threading.Thread(target=lambda: seen.append(current_reach()))
        thread.start()
        thread.join()
    assert seen == ["all"]  # a test's process; a web process's is none (deploy/tests)


@pytest.mark.django_db(transaction=True)
async def test_tasks_side_by_side_keep_to_their_own():
    jobs = [await in_thread(make_job) for _ in range(2)]
    both_are_in = asyncio.Barrier(2)

    async def look(job: Job) -> list[Job]:
        with only_tenant(job.tenant_id):
            await both_are_in.wait()
            return await in_thread(lambda: list(Job.objects.all()))

    assert await asyncio.gather(*map(look, jobs)) == [[job] for job in jobs]


def answer_in_request(credentials: dict[str, str], work) -> object:
    """Run ``work`` in a request, past every query and view of ours."""
    seen = []

    def view(request):
        request_principal(request)
        seen.append(work())
        return HttpResponse()

    request = RequestFactory().get("/", **credentials)
    request.session = {}
    walled(view)(request)
    return seen[0]


def test_a_request_reaches_its_principals_tenant():
    theirs, ours = make_job(), make_job()
    _, text = make_api_key(ours.tenant)

    assert answer_in_request(bearer(text), lambda: list(Job.objects.all())) == [ours]
    assert answer_in_request({}, lambda: list(Job.objects.all())) == []
    assert {ours, theirs} == set(Job.objects.all())


def test_a_request_leaves_its_reach_behind_and_is_not_widened():
    tenant = make_tenant()

    def view(request):
        assert current_reach() == ""
        enter_tenant(tenant.pk)
        assert current_reach() == str(tenant.pk)
        enter_all_tenants()
        enter_tenant(tenant.pk)
        assert current_reach() == "all"
        return HttpResponse()

    with only_tenant(tenant.pk):
        walled(view)(RequestFactory().get("/"))
        assert current_reach() == str(tenant.pk)


def test_a_worker_reaches_the_tenant_of_its_job(monkeypatch):
    make_job()
    ours, seen = make_job(), []

    def attempt(job: Job) -> Job:
        seen.extend(Job.objects.all())
        return job

    monkeypatch.setattr(run, "_attempt", attempt)
    run.process(ours.pk)
    assert seen == [ours]
    assert Job.objects.count() == 2


def test_a_reach_is_an_id_and_nothing_else():
    with pytest.raises(ValueError, match="badly formed"), only_tenant("'; DROP TABLE x; --"):
        pass
