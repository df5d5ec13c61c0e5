"""Asking for work."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import OutboxEvent
from accounts.principal import InsufficientScope, resolve_principal
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key, make_tenant, make_user
from config.errors import Forbidden, Missing
from config.request_id import set_request_id
from documents.models import Job
from documents.services.jobs import (
    NUDGED_AT_MOST,
    DocumentDeleted,
    JobEnded,
    JobNotRetryable,
    cancel_job,
    retry_job,
    submit_job,
)
from documents.services.specs import InvalidSpec, resolve_spec
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job, make_spec
from documents.tests.processes import in_threads

Capture = Callable[..., Any]
pytestmark = pytest.mark.django_db


def events_of(job: Job) -> list[str]:
    return list(OutboxEvent.objects.filter(subject=f"job:{job.pk}").values_list("type", flat=True))


def test_submit_queues_and_wakes_a_worker(
    owner: Person, queue: Queue, django_capture_on_commit_callbacks: Capture
) -> None:
    document = make_document(owner.tenant)
    with django_capture_on_commit_callbacks(execute=True):
        job = submit_job(
            principal=owner.principal, document=document, spec=make_spec("OURS"), request_id="r" * 8
        )
        assert queue.take_all() == []  # nobody is woken up for a row that may not come
    assert queue.take_all() == [str(job.pk)]
    kept = Job.objects.get(pk=job.pk)
    assert (kept.state, kept.attempt, kept.created_by, kept.api_key) == (
        "queued", 0, owner.user, None,
    )  # fmt: skip
    assert kept.spec["watermark_text"] == "OURS"
    assert kept.dispatched_at == job.dispatched_at == kept.run_after
    assert kept.request_id == "r" * 8
    event = OutboxEvent.objects.get(subject=f"job:{job.pk}")
    assert (event.type, event.request_id, event.tenant) == ("job.queued", "r" * 8, owner.tenant)
    assert event.payload["document_id"] == str(document.pk)


def test_submit_remembers_the_key_and_the_request(owner: Person) -> None:
    key, text = make_api_key(owner.tenant)
    principal = resolve_principal({"x-api-key": text}, {})
    assert principal
    set_request_id("of-the-context")
    try:
        document = make_document(owner.tenant)
        job = submit_job(principal=principal, document=document, spec=make_spec())
    finally:
        set_request_id("")
    assert (job.api_key_id, job.created_by_id) == (key.pk, None)
    assert job.request_id == "of-the-context"


def test_a_backlog_waits_for_the_relay(
    owner: Person, queue: Queue, django_capture_on_commit_callbacks: Capture
) -> None:
    """Messages overtake nobody, so one tenant must not fill the queue with them."""
    document = make_document(owner.tenant)
    with django_capture_on_commit_callbacks(execute=True):
        jobs = [
            submit_job(principal=owner.principal, document=document, spec=make_spec())
            for _ in range(NUDGED_AT_MOST + 3)
        ]
    assert sorted(queue.take_all()) == sorted(str(job.pk) for job in jobs[:NUDGED_AT_MOST])
    assert [job.dispatched_at is None for job in jobs] == [False] * NUDGED_AT_MOST + [True] * 3


def test_submit_without_valkey_leaves_the_job_to_the_relay(
    owner: Person, no_valkey: None, django_capture_on_commit_callbacks: Capture
) -> None:
    document = make_document(owner.tenant)
    with django_capture_on_commit_callbacks(execute=True):
        job = submit_job(principal=owner.principal, document=document, spec=make_spec())
    kept = Job.objects.get(pk=job.pk)
    assert (kept.state, kept.dispatched_at) == ("queued", None)


def test_only_who_may_write_jobs_of_the_tenant(
    owner: Person, viewer: Person, stranger: Person
) -> None:
    document = make_document(owner.tenant)
    job = make_job(document)
    failed = make_job(document, state="failed")
    for somebody, refusal in ((viewer.principal, InsufficientScope), (stranger.principal, Missing)):
        with pytest.raises(refusal):
            submit_job(principal=somebody, document=document, spec=make_spec())
        with pytest.raises(refusal):
            cancel_job(principal=somebody, job=job)
        with pytest.raises(refusal):
            retry_job(principal=somebody, job=failed)
    with pytest.raises(Forbidden):
        cancel_job(principal=owner.user, job=job)  # a user as such is nobody here but staff
    assert Job.objects.count() == 2 and Job.objects.get(pk=job.pk).state == "queued"


def test_a_deleted_document_takes_no_jobs(owner: Person) -> None:
    document = make_document(owner.tenant, deleted_at=timezone.now())
    with pytest.raises(DocumentDeleted):
        submit_job(principal=owner.principal, document=document, spec=make_spec())
    with pytest.raises(DocumentDeleted):
        retry_job(principal=owner.principal, job=make_job(document, state="failed"))


def test_a_queued_job_is_cancelled_at_once(owner: Person) -> None:
    job = make_job(make_document(owner.tenant))
    after = cancel_job(principal=owner.principal, job=job)
    assert (after.state, after.seq) == ("cancelled", job.seq + 1)
    assert after.finished_at and events_of(job) == ["job.cancelled"]
    with pytest.raises(JobEnded):
        cancel_job(principal=owner.principal, job=job)
    assert events_of(job) == ["job.cancelled"]


def test_a_running_job_is_asked_to_stop_once(owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="running")
    first = cancel_job(principal=owner.principal, job=job)
    again = cancel_job(principal=owner.principal, job=job)
    assert (first.state, again.state) == ("running", "running")
    assert first.cancel_requested_at and first.cancel_requested_at == again.cancel_requested_at
    assert first.seq == again.seq == job.seq + 1
    assert events_of(job) == []


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_retry_makes_a_new_job(owner: Person, state: str) -> None:
    job = make_job(make_document(owner.tenant), state=state, attempt=3)
    again = retry_job(principal=owner.principal, job=job)
    assert again.pk != job.pk and again.retry_of_id == job.pk
    assert (again.state, again.attempt, again.spec) == ("queued", 0, job.spec)
    assert events_of(again) == ["job.queued"]
    assert Job.objects.get(pk=job.pk).state == state


@pytest.mark.django_db(transaction=True)
def test_of_many_retries_at_once_one_makes_a_job(owner: Person) -> None:
    job, principal = make_job(make_document(owner.tenant), state="failed"), owner.principal
    start = Barrier(6)

    def retry() -> None:
        start.wait()
        retry_job(principal=principal, job=job)

    for thread in in_threads(retry, 6):
        thread.join()
    assert Job.objects.filter(retry_of=job).count() == 1


@pytest.mark.parametrize("state", ["queued", "running", "succeeded"])
def test_other_states_are_not_retried(owner: Person, state: str) -> None:
    job = make_job(make_document(owner.tenant), state=state)
    with pytest.raises(JobNotRetryable):
        retry_job(principal=owner.principal, job=job)


def test_a_second_click_on_retry_finds_the_first_ones_job(owner: Person) -> None:
    job = make_job(make_document(owner.tenant), state="failed")
    again = retry_job(principal=owner.principal, job=job)
    assert retry_job(principal=owner.principal, job=job) == again
    cancel_job(principal=owner.principal, job=again)
    assert retry_job(principal=owner.principal, job=job) != again


def test_staff_cancel_and_retry_for_any_tenant(owner: Person) -> None:
    helper = make_user(is_staff=True)
    document = make_document(owner.tenant)
    assert cancel_job(principal=helper, job=make_job(document)).state == "cancelled"
    again = retry_job(principal=helper, job=make_job(document, state="failed"))
    assert (again.created_by, again.tenant_id) == (helper, owner.tenant.pk)


def test_a_spec_is_the_request_over_the_tenant_over_the_system(db: None) -> None:
    kept = {"watermark_text": "House", "opacity": 0.7, "of_a_later_version": True}
    tenant = make_tenant(default_watermark=kept)
    assert resolve_spec(tenant=tenant, overrides={}).watermark_text == "House"
    spec = resolve_spec(
        tenant=tenant, overrides={"watermark_text": "Mine", "font_size": "20"}, strings=True
    )
    assert (spec.watermark_text, spec.opacity, spec.font_size) == ("Mine", 0.7, 20)
    assert spec.margin == 36.0


def test_a_bad_spec_names_every_bad_field(db: None) -> None:
    with pytest.raises(InvalidSpec) as refusal:
        resolve_spec(tenant=make_tenant(), overrides={"opacity": 2, "font_size": 7, "what": 1})
    named = {(problem["loc"][0], problem["type"]) for problem in refusal.value.problems}
    assert named == {
        ("watermark_text", "missing"),
        ("opacity", "less_than_equal"),
        ("font_size", "greater_than_equal"),
        ("what", "extra_forbidden"),
    }
    assert refusal.value.status == 422
