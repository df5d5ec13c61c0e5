"""Event streams of a job, over real connections to the whole web process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from accounts.models import APIKey, SocketTicket, Tenant
from accounts.services.tickets import issue_ticket
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from deploy.local.ports import free_port
from documents import event_lane, hub, watched
from documents.models import Job
from documents.processing.endings import cancel, fail
from documents.processing.failures import INTERNAL
from documents.processing.lease import Step, beat, claim
from documents.progress import channel_of, publish
from documents.tests.event_client import Stream
from documents.tests.factories import make_document, make_job
from documents.tests.processes import running, wait_until
from documents.tests.production import COMMAND, SETTINGS, Web


@pytest.fixture
def key(live: Serving, owner: Person) -> dict[str, str]:
    return {"x_api_key": make_api_key(owner.tenant)[1]}


@pytest.fixture
def job(owner: Person) -> Job:
    return make_job(make_document(owner.tenant), state="running", seq=3)


def path_of(job: Any) -> str:
    return f"/api/v1/jobs/{job.pk}/events/"


def test_from_snapshot_to_end(live: Serving, owner: Person, key: Any) -> None:
    job = make_job(make_document(owner.tenant))
    with Stream(live, path_of(job), **key) as stream:
        assert (stream.status, stream.header("content-type")) == (200, "text/event-stream")
        assert stream.header("x-accel-buffering") == "no"
        assert "no-store" in (stream.header("cache-control") or "")
        assert stream.header("x-request-id")
        first = stream.any()
        assert first and first.text.startswith("retry: 2000\n")
        assert (first.kind, first.id) == ("job.snapshot", str(first.data["seq"]))
        assert (first.data["state"], first.data["queue_position"]) == ("queued", 1)
        taken = claim(job.pk)
        assert taken
        publish(taken)
        assert stream.next().data["state"] == "running"
        row = beat(taken, Step("marking", 3, 10))
        assert row
        publish(row)
        step = stream.next()
        assert (step.kind, step.id) == ("job.changed", str(row.seq))
        assert step.data["progress"]["percent"] == 30
        fail(taken, INTERNAL)
        (last,) = stream.rest()
    assert last.data["error"]["code"] == "internal_error"


def test_the_path_without_its_slash_works_too(live: Serving, job: Job, key: Any) -> None:
    with Stream(live, path_of(job).rstrip("/"), **key) as stream:
        assert stream.next().kind == "job.snapshot"
        cancel(job)
        assert [event.data["state"] for event in stream.rest()] == ["cancelled"]


def test_an_ended_job_is_told_once_and_never_again(live: Serving, owner: Person, key: Any) -> None:
    """204 is what stops an EventSource from coming back (HTML, 9.2.3)."""
    ended = make_job(make_document(owner.tenant), state="succeeded", seq=7)
    with Stream(live, path_of(ended), **key) as stream:
        (only,) = stream.rest()
    assert (only.kind, only.id, only.data["state"]) == ("job.snapshot", "7", "succeeded")
    with Stream(live, path_of(ended), last_event_id=only.id, **key) as stream:
        assert (stream.status, stream.any()) == (204, None)
    with Stream(live, path_of(ended), last_event_id="6", **key) as stream:
        assert [event.id for event in stream.rest()] == ["7"]


@pytest.mark.parametrize("seen", ["", "-1", "x", "2", "9" * 40, "٣"])
def test_what_was_not_seen_is_told(live: Serving, job: Job, key: Any, seen: str) -> None:
    with Stream(live, path_of(job), last_event_id=seen.encode().decode("latin-1"), **key) as stream:
        assert stream.next().id == "3"


def test_what_was_seen_is_not_told_again(live: Serving, job: Job, key: Any) -> None:
    with Stream(live, path_of(job), last_event_id="3", **key) as stream:
        assert ": nothing new" in stream.any().text
        Job.objects.filter(pk=job.pk).update(seq=4, page=2)
        publish(Job.objects.get(pk=job.pk))
        assert (stream.next().id, stream.header("x-accel-buffering")) == ("4", "no")


def test_the_end_is_seen_when_every_message_is_lost(
    live: Serving, job: Job, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("documents.events.publish", lambda job: None)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.2)
    with Stream(live, path_of(job), **key) as stream:
        stream.next()
        cancel(job)
        assert stream.rest()[-1].data["state"] == "cancelled"


def test_an_end_between_the_answer_and_the_listening_is_seen(
    live: Serving, job: Job, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is read once more when nothing can be missed any longer."""
    monkeypatch.setattr(hub, "TRUTH_SECONDS", 60)
    read = watched.read_snapshots

    def read_after_the_end(ids: Any) -> Any:
        if Job.objects.get(pk=job.pk).state == "running":
            Job.objects.filter(pk=job.pk).update(
                state="cancelled", seq=9, finished_at=timezone.now(), lease_token=None,
                lease_until=None,
            )  # fmt: skip
        return read(ids)

    monkeypatch.setattr(watched, "read_snapshots", read_after_the_end)
    with Stream(live, path_of(job), **key) as stream:
        assert [event.data["state"] for event in stream.rest()] == ["running", "cancelled"]


def test_quiet_streams_are_kept_open(
    live: Serving, job: Job, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_lane, "HEARTBEAT_SECONDS", 0.1)
    with Stream(live, path_of(job), **key) as stream:
        stream.next()
        assert [stream.any().text for _ in range(3)] == [": still here"] * 3


# --- Who may look -----------------------------------------------------------------------------


def test_refusals_are_those_of_every_operation(
    live: Serving, job: Job, key: Any, owner: Person, stranger: Person
) -> None:
    reader = {"x_api_key": make_api_key(owner.tenant, scopes=["documents:read"])[1]}
    foreign = make_job(make_document(stranger.tenant), state="running")
    asked: dict[str, tuple[Any, dict[str, str]]] = {
        "not_authenticated": (job, {}),
        "invalid_api_key": (job, {"x_api_key": "cm_live_no"}),
        "insufficient_scope": (job, reader),
        "not_found": (foreign, key),
    }
    for code, (what, headers) in asked.items():
        with Stream(live, path_of(what), **headers) as stream:
            assert stream.problem() == code
    with Stream(live, f"{path_of(job)}?since=3", **key) as stream:
        assert (stream.status, stream.problem()) == (422, "validation_error")


def test_a_ticket_opens_one_stream(live: Serving, owner: Person, job: Job) -> None:
    text, _ = issue_ticket(principal=owner.principal, session_key=owner.client.session.session_key)
    with Stream(live, f"{path_of(job)}?ticket={text}") as stream:
        assert stream.next().kind == "job.snapshot"
    for used in (text, "", "x", "x" * 150):
        with Stream(live, f"{path_of(job)}?ticket={used}") as stream:
            assert (stream.status, stream.problem()) == (401, "invalid_ticket")
    assert not SocketTicket.objects.exists()


def test_a_ticket_is_of_its_own_workspace_only(live: Serving, stranger: Person, job: Job) -> None:
    text, _ = issue_ticket(
        principal=stranger.principal, session_key=stranger.client.session.session_key
    )
    with Stream(live, f"{path_of(job)}?ticket={text}") as stream:
        assert (stream.status, stream.problem()) == (404, "not_found")


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(event_lane, "ADMIT_AGAIN_SECONDS", 0.1)
    yield


def test_a_revoked_key_stops_seeing(
    live: Serving, job: Job, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(monkeypatch), Stream(live, path_of(job), **key) as stream:
        stream.next()
        APIKey.objects.update(revoked_at=timezone.now())
        (last,) = stream.rest()
    assert (last.kind, last.data["code"]) == ("refused", "revoked_api_key")


def test_so_does_who_has_logged_out_after_taking_a_ticket(
    live: Serving, job: Job, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = issue_ticket(principal=owner.principal, session_key=owner.client.session.session_key)
    with impatient(monkeypatch), Stream(live, f"{path_of(job)}?ticket={text}") as stream:
        stream.next()
        owner.client.logout()
        (last,) = stream.rest()
    assert (last.kind, last.data["code"]) == ("refused", "not_authenticated")


def test_an_outage_ends_a_stream_that_cannot_be_admitted_again(
    live: Serving, job: Job, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def admit_again(*_: object) -> None:
        raise OperationalError("The database is away.")

    monkeypatch.setattr(event_lane, "admit_again", admit_again)
    with impatient(monkeypatch), Stream(live, path_of(job), **key) as stream:
        stream.next()
        (last,) = stream.rest()
    assert (last.kind, last.data["code"]) == ("refused", "unavailable")


def test_a_tenant_may_open_so_many(
    live: Serving, job: Job, key: Any, stranger: Person, settings: Any
) -> None:
    settings.MAX_EVENT_STREAMS = 2
    other = {"x_api_key": make_api_key(stranger.tenant)[1]}
    foreign = make_job(make_document(stranger.tenant), state="running")
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(Stream(live, path_of(job), **key)) for _ in range(2)]
        with Stream(live, path_of(job), **key) as third:
            assert (third.status, third.header("retry-after")) == (429, "5")
            assert third.problem() == "too_many_streams"
        with Stream(live, path_of(foreign), **other) as theirs:
            assert theirs.next().kind == "job.snapshot"
        streams[0].next()
        streams[0].close()

        def there_is_room() -> bool:
            with Stream(live, path_of(job), **key) as again:
                return again.status == 200

        wait_until(there_is_room)


# --- Nobody is held up ------------------------------------------------------------------------


def test_streams_hold_no_threads(live: Serving, job: Job, key: Any, settings: Any) -> None:
    """Three times as many as there are threads, and the API answers beside them."""
    settings.MAX_EVENT_STREAMS = 1000
    count = 3 * settings.SYNC_THREADS
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(Stream(live, path_of(job), **key)) for _ in range(count)]
        for stream in streams:
            stream.next()
        with Stream(live, f"/api/v1/jobs/{job.pk}/", **key) as other:
            assert other.status == 200
        cancel(job)
        assert {stream.next().data["state"] for stream in streams} == {"cancelled"}


def test_who_has_gone_is_forgotten(live: Serving, job: Job, key: Any) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)

    def listeners() -> int:
        ((_, count),) = client.pubsub_numsub(channel_of(job.pk))
        return int(count)

    with Stream(live, path_of(job), **key) as stream:
        stream.next()
        wait_until(lambda: listeners() == 1)
    wait_until(lambda: listeners() == 0)
    client.close()


def test_a_server_that_stops_ends_its_streams(live: Serving, job: Job, key: Any) -> None:
    """Else every deployment would wait for jobs to end, and then cut."""
    changes = {**SETTINGS, "COUNTERMARK_PUBLIC_URL": "http://localhost"}
    web = Web(free_port())
    with running(*COMMAND, COUNTERMARK_PORT=str(web.port), **changes) as master:
        wait_until(web.answers)
        with Stream(web.port, path_of(job), **key) as stream:
            assert stream.next().kind == "job.snapshot"
            master.terminate()
            assert stream.rest() == []
        assert master.wait(30) == 0


def test_without_the_lane_it_is_polling(owner: Person, job: Job) -> None:
    """Behind a plain WSGI server each answer is one state, and EventSource asks again."""
    api = owner.client
    answer = api.get(path_of(job))
    assert (answer.status_code, answer["content-type"]) == (200, "text/event-stream")
    assert answer.content.startswith(b"retry: 2000\nid: 3\nevent: job.snapshot\ndata: {")
    assert Tenant.objects.count() == 1
