"""A job's state as watchers see it, and how it travels."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from accounts.tests.factories import make_tenant
from config.valkey import Valkey
from documents.broker import waiting_messages, wake_worker
from documents.progress import (
    channel_of,
    job_snapshot,
    publish,
    queue_positions,
    read_snapshots,
)
from documents.tests.conftest import Queue
from documents.tests.factories import make_document, make_job

pytestmark = pytest.mark.django_db


def test_a_snapshot_has_everything_a_watcher_may_see() -> None:
    job = make_job(
        state="failed",
        error_code="engine_crashed",
        error_message="It broke.",
        error_retryable=True,
        page=3,
        pages=12,
        stage="marking",
        seq=9,
        attempt=2,
        started_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        cancel_requested_at=timezone.now(),
    )
    snapshot = json.loads(json.dumps(job_snapshot(job, queue_position=4)))
    created, finished = snapshot.pop("created_at"), snapshot.pop("finished_at")
    assert snapshot == {
        "id": str(job.pk),
        "document_id": str(job.document_id),
        "state": "failed",
        "seq": 9,
        "progress": {"percent": 25, "page": 3, "pages": 12, "stage": "marking"},
        "queue_position": None,  # only what waits has a place
        "batch_id": None,
        "error": {"code": "engine_crashed", "message": "It broke.", "retryable": True},
        "attempt": 2,
        "cancel_requested": True,
        "started_at": "2026-01-02T03:04:05.000678Z",
        "expires_at": None,
    }
    assert created.endswith("Z") and finished.endswith("Z")


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({"state": "queued"}, 0),
        ({"state": "running", "page": 5, "pages": None}, 0),
        ({"state": "running", "page": 10, "pages": 10}, 99),
        ({"state": "succeeded"}, 100),
    ],
    ids=str,
)
def test_only_what_succeeded_is_done(fields: dict[str, Any], percent: int) -> None:
    assert job_snapshot(make_job(**fields))["progress"]["percent"] == percent


def test_places_in_the_queue_are_the_tenants_own() -> None:
    document = make_document()
    now = timezone.now()
    first, second, third = (
        make_job(document, run_after=now + timedelta(seconds=wait)) for wait in (-3, -2, -1)
    )
    others = [make_job(run_after=now - timedelta(minutes=1)) for _ in range(2)]
    running = make_job(document, state="running")
    ids = [job.pk for job in (third, first, second, running, others[0])]
    assert queue_positions(ids) == {first.pk: 1, second.pk: 2, third.pk: 3, others[0].pk: 1}
    assert queue_positions([]) == {}


def test_reading_snapshots_takes_two_queries(django_assert_num_queries: Any) -> None:
    document = make_document(make_tenant())
    ids = [make_job(document).pk for _ in range(4)]
    with django_assert_num_queries(2):
        snapshots = read_snapshots(ids)
    assert sorted(each["queue_position"] or 0 for each in snapshots) == [1, 2, 3, 4]


def test_publish_reaches_who_listens() -> None:
    job = make_job()
    client = redis.Redis.from_url(settings.REDIS_URL)
    with client.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(channel_of(job.pk))
        listener.get_message(timeout=5)  # the subscription itself
        publish(job)
        message = listener.get_message(timeout=5)
    client.close()
    assert message and json.loads(message["data"]) == job_snapshot(job)


def test_without_valkey_nothing_is_raised_and_nothing_waits(no_valkey: None) -> None:
    publish(make_job())
    assert wake_worker(make_job().pk) is False
    assert waiting_messages() is None


def test_after_a_failure_valkey_is_left_alone_for_a_while(queue: Queue) -> None:
    asked: list[str] = []

    def fail(client: redis.Redis) -> None:
        asked.append("yes")
        raise redis.ConnectionError("It is gone.")

    client = Valkey(settings.REDIS_URL)
    assert client.attempt("test", fail) is None
    assert client.attempt("test", fail) is None
    assert asked == ["yes"]


def test_connections_that_a_restart_closed_are_replaced(queue: Queue) -> None:
    client = Valkey(settings.REDIS_URL)
    first = client.attempt("test", lambda each: each.client_id())
    assert queue.client.client_kill_filter(_id=str(first)) == 1
    assert client.attempt("test", lambda each: each.client_id()) not in (first, None)


def test_messages_are_counted_in_front_and_behind(queue: Queue) -> None:
    behind, front = make_job(), make_job()
    assert wake_worker(behind.pk, backlog=True) and wake_worker(front.pk)
    assert waiting_messages() == 2
    assert queue.take_all() == [str(front.pk), str(behind.pk)]
