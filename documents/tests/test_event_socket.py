"""The socket of a workspace's events, through the real server and a foreign client."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from websockets.sync.client import connect

from accounts.models import APIKey, OutboxEvent, Tenant
from accounts.services.outbox import Fact, emit, emit_all
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from accounts.webhooks import feed
from config.database.reach import all_tenants
from config.tests.serving import Serving
from documents import consumers, event_consumer, event_feed
from documents.tests.processes import wait_until
from documents.tests.socket_client import Socket, open_socket

PATH = "/ws/v1/events/"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_feed, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(event_consumer, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture
def opened(live: Serving) -> Iterator[Callable[..., Socket]]:
    """Open the socket of a tenant's events, ready."""
    with ExitStack() as sockets:

        def opened(tenant: Tenant, query: str = "") -> Socket:
            headers = {"x_api_key": make_api_key(tenant)[1]}
            socket: Socket = sockets.enter_context(open_socket(live, PATH + query, **headers))
            assert socket.next() == {"type": "events.ready"}
            return socket

        yield opened


def happen(tenant: Tenant, type: str = "document.deleted") -> OutboxEvent:
    payload = {"id": str(uuid.uuid4()), "title": tenant.name}
    with transaction.atomic():
        event = emit(
            tenant_id=tenant.pk, type=type, subject=f"document:{payload['id']}", payload=payload
        )
    event.refresh_from_db()
    return event


def told(socket: Socket) -> dict[str, Any]:
    message = socket.next()
    assert message.keys() == {"type", "event"} and message["type"] == "event"
    event: dict[str, Any] = message["event"]
    return event


def test_each_event_is_told_once_as_the_api_lists_it(opened: Any, owner: Person) -> None:
    happen(owner.tenant)  # before anybody looks: no news
    socket = opened(owner.tenant)
    events = [happen(owner.tenant) for _ in range(2)]
    for event in events:
        listed = owner.client.get(f"/api/v1/events/{event.public_id}/").json()
        assert told(socket) == listed
    assert socket.any() == {"type": "heartbeat"}, "and nothing comes twice"


def test_everybody_hears_their_own(opened: Any, owner: Person, stranger: Person) -> None:
    own, foreign = opened(owner.tenant), opened(stranger.tenant)
    second = opened(owner.tenant)
    for person in (stranger, owner):
        happen(person.tenant)
    assert told(own)["data"]["title"] == told(second)["data"]["title"] == owner.tenant.name
    assert told(foreign)["data"]["title"] == stranger.tenant.name
    assert own.any() == foreign.any() == {"type": "heartbeat"}


def test_what_is_committed_late_is_told(opened: Any, owner: Person) -> None:
    socket = opened(owner.tenant)
    written, commit = threading.Event(), threading.Event()

    @all_tenants()
    def slowly() -> None:
        with transaction.atomic():
            emit(tenant_id=owner.tenant.pk, type="document.deleted", subject="late", payload={})
            written.set()
            commit.wait(10)
        connection.close()

    thread = threading.Thread(target=slowly)
    thread.start()
    assert written.wait(10)
    later = happen(owner.tenant)
    assert told(socket)["id"] == str(later.public_id)
    commit.set()
    thread.join()
    assert told(socket)["data"] == {}


def test_types_are_chosen(opened: Any, owner: Person, live: Serving) -> None:
    socket = opened(owner.tenant, "?type=document.created&type=document.deleted")
    happen(owner.tenant, "job.succeeded")
    happen(owner.tenant)
    assert told(socket)["type"] == "document.deleted"
    key = make_api_key(owner.tenant)[1]
    with open_socket(live, f"{PATH}?type=document.eaten", x_api_key=key) as refused:
        ((error,), code) = refused.rest()
        assert (error["code"], code) == ("validation_error", 4422)


def test_a_revoked_key_stops_hearing(
    opened: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
    socket = opened(owner.tenant)
    APIKey.objects.update(revoked_at=timezone.now())
    assert socket.rest()[1] == 4401


def test_a_page_of_another_site_hears_nothing(live: Serving, owner: Person) -> None:
    pairs = owner.client.cookies.items()
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in pairs)
    with open_socket(live, PATH, cookie=cookie, origin="https://evil.example") as socket:
        assert socket.rest()[1] == 4403
    with open_socket(live, PATH, cookie=cookie, origin=live.url) as socket:
        assert socket.next() == {"type": "events.ready"}


def many(tenant: Tenant, count: int, **payload: Any) -> None:
    """Let so much happen at one moment."""
    with transaction.atomic():
        emit_all(
            [Fact(tenant.pk, "document.deleted", f"d:{number}", payload) for number in range(count)]
        )


def test_much_at_once_is_no_fault_of_who_reads(opened: Any, owner: Person) -> None:
    socket = opened(owner.tenant)
    many(owner.tenant, 4100)
    assert len({told(socket)["id"] for _ in range(4100)}) == 4100


def test_who_does_not_read_is_closed(
    live: Serving, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_consumer, "HELD_UP_SECONDS", 0.2)
    key, url = make_api_key(owner.tenant)[1], live.url.replace("http", "ws") + PATH
    # Without compression, which would make little of it.
    asking: Any = {"additional_headers": {"x-api-key": key}, "compression": None, "proxy": None}
    with connect(url, **asking) as client:
        socket = Socket(client)
        assert socket.next() == {"type": "events.ready"}
        many(owner.tenant, 150, text="x" * 100_000)  # more than all buffers hold
        wait_until(lambda: not any(each._followers for each in event_feed._feeds.values()))
        messages, code = socket.rest()
    assert (messages[-1]["code"], code) == ("events_read_too_slowly", 4429)
    assert len(messages) < 150


def test_a_tenant_may_open_so_many(
    opened: Any, owner: Person, stranger: Person, live: Serving, settings: Any
) -> None:
    settings.MAX_EVENT_SOCKETS = 2
    first, _ = opened(owner.tenant), opened(owner.tenant)
    key = make_api_key(owner.tenant)[1]
    with open_socket(live, PATH, x_api_key=key) as third:
        ((error,), code) = third.rest()
    assert (error["code"], code) == ("too_many_event_sockets", 4429)
    assert opened(stranger.tenant)
    first.connection.close()

    def there_is_room() -> bool:
        with open_socket(live, PATH, x_api_key=key) as again:
            return again.next() == {"type": "events.ready"}

    wait_until(there_is_room)


def failing(*_: object, **__: object) -> None:
    raise OperationalError("The database is away.")


def test_what_failed_looks_missed_is_told_by_the_next(
    opened: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "OVERLAP", timedelta(seconds=0.2))
    socket = opened(owner.tenant)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(event_feed, "recent_events", failing)
        event = happen(owner.tenant)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")
    assert told(socket)["id"] == str(event.public_id)


def test_nobody_is_left_in_the_dark(
    opened: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_feed, "BLIND_SECONDS", 0.1)
    socket = opened(owner.tenant)
    monkeypatch.setattr(event_feed, "read_events", lambda _: 1 // 0)  # a fault of ours, too
    happen(owner.tenant)
    messages, code = socket.rest()
    assert (messages[-1]["code"], code) == ("unavailable", 1013)


def test_following_begins_again_after_the_last_has_left(
    opened: Any, owner: Person, live: Serving
) -> None:
    with open_socket(live, PATH, x_api_key=make_api_key(owner.tenant)[1]) as socket:
        socket.next()
    socket = opened(owner.tenant)
    happen(owner.tenant)
    assert told(socket)["type"] == "document.deleted"
