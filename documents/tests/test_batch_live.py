"""A batch, live: its socket and its event stream, over real connections to the web process."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import APIKey
from accounts.services.tickets import issue_ticket
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents import consumers, event_lane, hub, watched
from documents.batch_progress import batch_snapshot, publish_batch
from documents.models import Batch
from documents.processing.endings import fail
from documents.processing.failures import INTERNAL
from documents.processing.lease import claim
from documents.services.batch_items import add_document
from documents.services.batches import cancel_batch, retry_failed, start_batch
from documents.tests.event_client import Stream
from documents.tests.factories import make_batch, make_document
from documents.tests.socket_client import open_socket

FAST = 0.2


@pytest.fixture
def key(live: Serving, owner: Person) -> dict[str, str]:
    return {"x_api_key": make_api_key(owner.tenant)[1]}


def socket_of(batch: Batch) -> str:
    return f"/ws/v1/batches/{batch.pk}/"


def events_of(batch: Batch) -> str:
    return f"/api/v1/batches/{batch.pk}/events/"


def end_jobs(batch: Batch) -> None:
    """Let every item fail."""
    for item in batch.items.order_by("position"):
        running = claim(item.job_id)
        assert running
        fail(running, INTERNAL)


def told_by_socket(live: Serving, batch: Batch, key: Any, then: Any) -> list[dict[str, Any]]:
    """Return the states that the socket tells while ``then`` happens, until it closes."""
    with open_socket(live, socket_of(batch), **key) as socket:
        first = socket.next()
        then()
        rest, code = socket.rest()
    assert code == 1000
    kinds = [message["type"] for message in [first, *rest]]
    assert kinds == ["batch.snapshot"] + ["batch.changed"] * len(rest)
    return [message["batch"] for message in [first, *rest]]


def told_by_stream(live: Serving, batch: Batch, key: Any, then: Any) -> list[dict[str, Any]]:
    """Return the states that the stream tells while ``then`` happens, until it ends."""
    with Stream(live, events_of(batch), **key) as stream:
        assert (stream.status, stream.header("content-type")) == (200, "text/event-stream")
        first = stream.next()
        then()
        rest = stream.rest()
    assert [event.kind for event in rest] == ["batch.changed"] * len(rest)
    assert first.kind == "batch.snapshot"
    assert all(event.id == str(event.data["seq"]) for event in [first, *rest])
    return [event.data for event in [first, *rest]]


LIVE_WAYS = pytest.mark.parametrize("told_by", [told_by_socket, told_by_stream])


@LIVE_WAYS
def test_from_snapshot_to_end(live: Serving, owner: Person, key: Any, told_by: Any) -> None:
    batch = make_batch(owner.tenant, items=2)
    told = told_by(live, batch, key, lambda: end_jobs(batch))
    batch.refresh_from_db()
    assert told[0]["counts"]["pending"] == 2
    assert told[-1] == batch_snapshot(batch)
    assert (told[-1]["state"], told[-1]["percent"]) == ("failed", 100)
    assert [each["seq"] for each in told] == sorted({each["seq"] for each in told})


@LIVE_WAYS
def test_many_changes_are_told_as_few_and_the_last_always(
    live: Serving, owner: Person, key: Any, told_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes during a pause that outlasts them all is told as its newest state."""
    monkeypatch.setattr(watched.WatchedBatch, "pause_seconds", 2.0)
    batch = make_batch(owner.tenant, items=12)
    told = told_by(live, batch, key, lambda: end_jobs(batch))
    assert len(told) <= 4
    assert told[-1]["state"] == "failed"
    assert told[-1]["counts"]["failed"] == 12


def test_a_client_hears_four_states_a_second(live: Serving, owner: Person, key: Any) -> None:
    """Bounded from above alone: a busy machine is slower, never faster."""
    batch = make_batch(owner.tenant, items=30)
    begun = time.monotonic()
    told = told_by_socket(live, batch, key, lambda: end_jobs(batch))
    assert len(told) <= 3 + 4 * (time.monotonic() - begun)


@LIVE_WAYS
def test_the_end_is_seen_when_every_message_is_lost(
    live: Serving, owner: Person, key: Any, told_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is the truth: read for all that is watched every two seconds."""
    assert hub.TRUTH_SECONDS + watched.WatchedBatch.pause_seconds < 5
    monkeypatch.setattr("documents.events.publish_batch", lambda batch: None)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", FAST)
    batch = make_batch(owner.tenant, items=2)
    told = told_by(live, batch, key, lambda: end_jobs(batch))
    assert told[-1]["state"] == "failed"


def test_an_open_batch_is_followed_while_it_is_filled(
    live: Serving, owner: Person, key: Any
) -> None:
    batch = make_batch(owner.tenant, items=1, state="open")
    document = make_document(owner.tenant)
    with open_socket(live, socket_of(batch), **key) as socket:
        assert socket.next()["batch"]["state"] == "open"
        add_document(principal=owner.principal, batch_id=batch.pk, document_id=document.pk)
        assert socket.next()["batch"]["counts"]["total"] == 2
        start_batch(principal=owner.principal, batch_id=batch.pk)
        assert socket.next()["batch"]["state"] == "running"
        cancel_batch(principal=owner.principal, batch_id=batch.pk)
        assert socket.rest()[0][-1]["batch"]["state"] == "cancelled"


def test_an_ended_batch_is_told_once_until_it_runs_again(
    live: Serving, owner: Person, key: Any
) -> None:
    batch = make_batch(owner.tenant, items=1, state="failed", seq=5)
    with open_socket(live, socket_of(batch), **key) as socket:
        (only,), code = socket.rest()
    assert (only["type"], only["batch"]["state"], code) == ("batch.snapshot", "failed", 1000)
    with Stream(live, events_of(batch), **key) as stream:
        (event,) = stream.rest()
    with Stream(live, events_of(batch), last_event_id=event.id, **key) as stream:
        assert (event.id, stream.status) == ("5", 204)
    retry_failed(principal=owner.principal, batch_id=batch.pk)
    with Stream(live, events_of(batch), last_event_id=event.id, **key) as stream:
        assert stream.next().data["state"] == "running"


def test_a_late_message_is_not_shown(live: Serving, owner: Person, key: Any) -> None:
    batch = make_batch(owner.tenant, seq=7)
    late, new = Batch.objects.get(pk=batch.pk), Batch.objects.get(pk=batch.pk)
    late.seq, late.title, new.seq, new.title = 6, "late", 8, "new"
    with open_socket(live, socket_of(batch), **key) as socket:
        socket.next()
        publish_batch(late)
        publish_batch(new)
        assert socket.next()["batch"]["title"] == "new"


def test_a_ticket_opens_both(live: Serving, owner: Person) -> None:
    batch = make_batch(owner.tenant, state="completed")

    def ticket() -> str:
        session = owner.client.session.session_key
        return issue_ticket(principal=owner.principal, session_key=session)[0]

    with open_socket(live, f"{socket_of(batch)}?ticket={ticket()}") as socket:
        assert socket.next()["type"] == "batch.snapshot"
    with Stream(live, f"{events_of(batch)}?ticket={ticket()}") as stream:
        assert stream.next().kind == "batch.snapshot"


def test_who_may_not_look(live: Serving, owner: Person, stranger: Person, key: Any) -> None:
    own, foreign = make_batch(owner.tenant), make_batch(stranger.tenant)
    reader = {"x_api_key": make_api_key(owner.tenant, scopes=["documents:read"])[1]}
    cookies = owner.client.cookies.items()
    cookie = {"cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies)}
    asked: list[tuple[Batch, dict[str, str], tuple[str, int]]] = [
        (own, {}, ("not_authenticated", 4401)),
        (own, reader, ("insufficient_scope", 4403)),
        (own, {**cookie, "origin": "https://evil.example"}, ("origin_not_allowed", 4403)),
        (foreign, key, ("not_found", 4404)),
    ]
    for batch, headers, expected in asked:
        with open_socket(live, socket_of(batch), **headers) as socket:
            (message,), code = socket.rest()
        assert (message["code"], code) == expected
    with Stream(live, events_of(foreign), **key) as stream:
        assert (stream.status, stream.problem()) == (404, "not_found")


def test_a_revoked_key_stops_seeing(
    live: Serving, owner: Person, key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
    monkeypatch.setattr(event_lane, "ADMIT_AGAIN_SECONDS", FAST)
    monkeypatch.setattr(hub, "TRUTH_SECONDS", FAST)
    batch = make_batch(owner.tenant)
    with (
        open_socket(live, socket_of(batch), **key) as socket,
        Stream(live, events_of(batch), **key) as stream,
    ):
        socket.next(), stream.next()
        APIKey.objects.update(revoked_at=timezone.now())
        assert socket.rest()[1] == 4401
        (last,) = stream.rest()
    assert (last.kind, last.data["code"]) == ("refused", "revoked_api_key")
