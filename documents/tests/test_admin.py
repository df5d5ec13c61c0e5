"""What staff see of documents and jobs, and may do with them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.tests.cast import Person
from accounts.tests.factories import make_user, signed_in
from documents.models import Job
from documents.tests.factories import make_document, make_job

pytestmark = pytest.mark.django_db

LISTS = ("documents/document", "documents/job", "documents/blob", "billing/usagerecord")


def page(name: str, rest: str = "") -> str:
    return f"/admin/{name}/{rest}"


def act(client: Client, action: str, *jobs: Job) -> str:
    data = {"action": action, "_selected_action": [str(job.pk) for job in jobs]}
    answer = client.post(page("documents/job"), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def found(client: Client, name: str, **query: str) -> set[Any]:
    answer = client.get(page(name), query)
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_as_many_queries_for_many_rows_as_for_few(
    staff: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_job(state="succeeded")
    with django_assert_max_num_queries(9) as few:
        assert staff.get(page(name)).status_code == 200
    for _ in range(5):
        make_job(state="succeeded")
    with django_assert_max_num_queries(len(few)):
        assert staff.get(page(name)).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_made_changed_or_deleted_by_hand(staff: Client, name: str) -> None:
    make_job(state="succeeded")
    # Of the ledger's lines one kind is staff's: an adjustment, which is a line of its own.
    is_added_to = name == "billing/usagerecord"
    assert staff.get(page(name, "add/")).status_code == (200 if is_added_to else 403)
    actions = staff.get(page(name)).context["action_form"]
    assert actions is None or "delete_selected" not in str(actions)


def test_one_job_shows_what_is_known_of_it(staff: Client) -> None:
    job = make_job(state="failed", error_code="encrypted", error_message="It has a password.")
    for row in (job, job.document, job.document.blob):
        assert row
        path = page(f"documents/{row._meta.model_name}", f"{row.pk}/change/")
        answer = staff.get(path)
        assert answer.status_code == 200
        assert 'name="_save"' not in answer.content.decode()
        assert staff.post(path, {}).status_code == 403


def test_owners_of_tenants_are_not_staff(owner: Person) -> None:
    for name in LISTS:
        assert owner.client.get(page(name), follow=True).status_code == 403


def test_jobs_are_found_by_state_age_error_and_trouble(staff: Client) -> None:
    fresh, late = make_job(), make_job(run_after=timezone.now() - timedelta(minutes=2))
    old = make_job(state="failed", error_code="encrypted")
    Job.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    lost = make_job(state="running")
    jobs = "documents/job"
    assert found(staff, jobs, state__exact="queued") == {fresh.pk, late.pk}
    assert found(staff, jobs, age="over a day") == {old.pk}
    assert found(staff, jobs, age="under an hour") == {fresh.pk, late.pk, lost.pk}
    assert found(staff, jobs, error_code="encrypted") == {old.pk}
    assert found(staff, jobs, trouble="waits for over a minute") == {late.pk}
    assert found(staff, jobs, trouble="lease is over") == {lost.pk}


def test_rows_are_found_by_any_id_that_leads_to_them(staff: Client) -> None:
    job = make_job(request_id="of-the-request")
    other = make_job(make_document(title="Zebra"))
    for words in (str(job.pk), str(job.document.pk), "of-the-request", job.tenant.slug):
        assert found(staff, "documents/job", q=words) == {job.pk}
    assert found(staff, "documents/document", q="zebra") == {other.document.pk}
    assert found(staff, "documents/document", q="no-such-thing") == set()


def test_only_codes_that_there_are_can_be_chosen(staff: Client) -> None:
    make_job(state="failed", error_code="encrypted")
    make_job(state="succeeded")
    html = staff.get(page("documents/job")).content.decode()
    assert re.findall(r'href="[?]error_code=([^"]*)"', html) == ["encrypted"]


def test_cancel_and_retry_call_the_services(staff: Client) -> None:
    queued, running = make_job(), make_job(state="running")
    failed, done = make_job(state="failed"), make_job(state="succeeded")
    text = act(staff, "cancel", queued, running, done)
    assert "2 jobs cancelled" in text and "ended already" in text
    queued.refresh_from_db()
    running.refresh_from_db()
    assert queued.state == "cancelled" and running.cancel_requested_at
    text = act(staff, "retry", failed, done)
    assert "1 job tried again" in text and f"Job {done.pk}: " in text
    again = Job.objects.get(retry_of=failed)
    assert again.created_by and again.created_by.email == "staff@countermark.example"
    assert LogEntry.objects.count() == 3


def test_staff_who_may_only_look_cannot_act(staff: Client, owner: Person) -> None:
    looking = make_user(is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_job"))
    job = make_job(make_document(owner.tenant))
    assert "Cancel selected" not in act(signed_in(looking), "cancel", job)
    job.refresh_from_db()
    assert job.state == "queued"
