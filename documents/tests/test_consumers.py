"""The socket of a job, through the real server and a foreign client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from accounts.models import APIKey
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents import consumers, hub
from documents.models import Job
from documents.processing.endings import cancel, fail
from documents.processing.failures import INTERNAL
from documents.processing.lease import Step, beat, claim
from documents.progress import channel_of, job_snapshot, publish
from documents.services.jobs import cancel_job
from documents.tests.factories import make_document, make_job
from documents.tests.processes import wait_until
from documents.tests.socket_client import Socket, open_socket


@pytest.fixture
def opened(live: Serving) -> Callable[..., Any]:
    """Open the socket of a job (or of any address) with these headers."""

    def opened(address: Any, **headers: str) -> Any:
        path = address if isinstance(address, str) else f"/ws/v1/jobs/{address.pk}/"
        return open_socket(live, path, **headers)

    return opened


@pytest.fixture
def key(owner: Person) -> dict[str, str]:
    """The header of an API key of the owner's tenant."""
    return {"x_api_key": make_api_key(owner.tenant)[1]}


def cookie_of(person: Person) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in person.client.cookies.items())


def refusal(socket: Socket) -> tuple[str, int]:
    messages, code = socket.rest()
    assert [message["type"] for message in messages] == ["error"]
    return messages[0]["code"], code


class TestWhoMayWatch:
    def test_nobody_and_bad_keys(self, opened: Any, owner: Person) -> None:
        job = make_job(make_document(owner.tenant))
        with opened(job) as socket:
            assert refusal(socket) == ("not_authenticated", 4401)
        with opened(job, x_api_key="cm_live_nonsense") as socket:
            assert refusal(socket)[1] == 4401

    def test_a_key_without_the_scope(self, opened: Any, owner: Person) -> None:
        _, text = make_api_key(owner.tenant, scopes=["documents:read"])
        with opened(
            make_job(make_document(owner.tenant)), authorization=f"Bearer {text}"
        ) as socket:
            assert refusal(socket) == ("insufficient_scope", 4403)

    def test_foreign_and_unknown_jobs_answer_the_same(
        self, opened: Any, stranger: Person, key: dict[str, str]
    ) -> None:
        foreign = make_job(make_document(stranger.tenant))
        with opened(foreign, **key) as socket:
            of_foreign = socket.rest()
        foreign.pk = "7b0b3a52-2d0c-4c44-8f1e-0a4f5a1c9b1e"
        with opened(foreign, **key) as socket:
            of_unknown = socket.rest()
        assert of_foreign == of_unknown
        assert of_foreign[1] == 4404

    def test_other_addresses(self, opened: Any, live: Serving) -> None:
        for path in ("/ws/v1/jobs/7/", "/ws/v2/jobs/", "/"):
            with opened(path) as socket:
                assert refusal(socket) == ("not_found", 4404)

    def test_an_outage_is_no_refusal(
        self, opened: Any, key: dict[str, str], owner: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def admit(*_: object) -> None:
            raise OperationalError("The database is away.")

        monkeypatch.setattr(consumers, "admit", admit)
        with opened(make_job(make_document(owner.tenant)), **key) as socket:
            assert refusal(socket) == ("unavailable", 1013)

    def test_a_cookie_counts_from_our_own_pages_only(
        self, opened: Any, live: Serving, owner: Person
    ) -> None:
        job = make_job(make_document(owner.tenant))
        cookie = cookie_of(owner)
        for origin in (live.url, settings.PUBLIC_URL):
            with opened(job, cookie=cookie, origin=origin) as socket:
                assert socket.next()["type"] == "job.snapshot"
        evil = {"origin": "https://evil.example"}, {"origin": "null"}, {}
        for headers in evil:
            with opened(job, cookie=cookie, **headers) as socket:
                assert refusal(socket) == ("origin_not_allowed", 4403)
        with opened(
            job, cookie=cookie, origin="http://evil.example", host="evil.example"
        ) as socket:
            assert refusal(socket) == ("origin_not_allowed", 4403)

    def test_a_revoked_key_stops_seeing(
        self, opened: Any, owner: Person, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumers, "ADMIT_AGAIN_SECONDS", 0)
        monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.1)
        with opened(make_job(make_document(owner.tenant)), **key) as socket:
            socket.next()
            APIKey.objects.update(revoked_at=timezone.now())
            assert refusal(socket)[1] == 4401


class TestWatching:
    def test_from_snapshot_to_end(self, opened: Any, owner: Person, key: dict[str, str]) -> None:
        job = make_job(make_document(owner.tenant))
        with opened(job, **key) as socket:
            first = socket.next()
            assert first["type"] == "job.snapshot"
            assert (first["job"]["state"], first["job"]["queue_position"]) == ("queued", 1)
            running = claim(job.pk)
            assert running
            publish(running)
            assert socket.next()["job"]["state"] == "running"
            row = beat(running, Step("marking", 3, 10))
            assert row
            publish(row)
            step = socket.next()
            assert step["type"] == "job.changed"
            assert step["job"]["progress"] == {
                "percent": 30, "page": 3, "pages": 10, "stage": "marking",
            }  # fmt: skip
            fail(running, INTERNAL)
            (last,), code = socket.rest()
            assert code == 1000
            assert last["job"]["error"]["code"] == "internal_error"
            seqs = [first["job"]["seq"], step["job"]["seq"], last["job"]["seq"]]
            assert seqs == sorted(set(seqs))

    def test_an_ended_job_is_told_once(
        self, opened: Any, owner: Person, key: dict[str, str]
    ) -> None:
        with opened(make_job(make_document(owner.tenant), state="succeeded"), **key) as socket:
            (only,), code = socket.rest()
        assert (only["type"], only["job"]["progress"]["percent"], code) == (
            "job.snapshot",
            100,
            1000,
        )

    def test_late_messages_are_not_shown(
        self, opened: Any, owner: Person, key: dict[str, str]
    ) -> None:
        job = make_job(make_document(owner.tenant), state="running", seq=7)
        with opened(job, **key) as socket:
            socket.next()
            late, new = Job.objects.get(pk=job.pk), Job.objects.get(pk=job.pk)
            late.seq, late.page, new.seq, new.page = 6, 1, 8, 2
            publish(late)
            publish(new)
            assert socket.next()["job"]["progress"]["page"] == 2

    def test_the_end_is_seen_when_every_message_is_lost(
        self, opened: Any, owner: Person, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The database is the truth: read for all watched jobs, again and again."""
        monkeypatch.setattr("documents.events.publish", lambda job: None)
        monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.2)
        job = make_job(make_document(owner.tenant), state="running")
        with opened(job, **key) as socket:
            assert socket.next()["job"]["state"] == "running"
            assert socket.any()["type"] == "heartbeat"  # still true, just read
            cancel(job)
            (last,), code = socket.rest()
        assert (last["job"]["state"], code) == ("cancelled", 1000)

    def test_lost_connections_to_valkey_are_made_anew(
        self, opened: Any, owner: Person, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "TRUTH_SECONDS", 60)
        monkeypatch.setattr(hub, "RECONNECT_SECONDS", 0.05)
        job = make_job(make_document(owner.tenant), state="running")
        client = redis.Redis.from_url(settings.REDIS_URL)
        with opened(job, **key) as socket:
            socket.next()
            wait_until(lambda: subscribers(client, job) == 1)
            (connection,) = (
                each
                for each in client.client_list(_type="pubsub")
                if each["name"] == f"{settings.CHANNEL_PREFIX}.hub"
            )
            client.client_kill_filter(_id=connection["id"])
            # Valkey counts the old one until it gets round to closing it.
            wait_until(lambda: not client.client_list(client_id=[connection["id"]]))
            wait_until(lambda: subscribers(client, job) == 1)
            cancel(job)
            # Said again by a client with patience: on a busy machine ours gives up after a second.
            job.refresh_from_db()
            client.publish(channel_of(job.id), json.dumps(job_snapshot(job)))
            (last,), _ = socket.rest()
        assert last["job"]["state"] == "cancelled"
        wait_until(lambda: subscribers(client, job) == 0)
        client.close()

    def test_without_valkey_the_database_is_enough(
        self,
        opened: Any,
        owner: Person,
        key: dict[str, str],
        no_valkey: None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(hub, "TRUTH_SECONDS", 0.1)
        job = make_job(make_document(owner.tenant))
        with opened(job, **key) as socket:
            assert socket.next()["type"] == "job.snapshot"
            cancel_job(principal=owner.principal, job=job)
            assert socket.rest()[0][-1]["job"]["state"] == "cancelled"

    def test_many_watchers_share_one_subscription(
        self, opened: Any, owner: Person, key: dict[str, str]
    ) -> None:
        job = make_job(make_document(owner.tenant), state="running")
        client = redis.Redis.from_url(settings.REDIS_URL)
        with opened(job, **key) as one, opened(job, **key) as other:
            one.next(), other.next()
            assert subscribers(client, job) == 1
            cancel(job)
            assert one.next()["job"]["state"] == other.next()["job"]["state"] == "cancelled"
        client.close()


def subscribers(client: redis.Redis, job: Job) -> int:
    ((_, count),) = client.pubsub_numsub(channel_of(job.pk))
    return int(count)


def test_what_clients_say(opened: Any, owner: Person, key: dict[str, str]) -> None:
    with opened(make_job(make_document(owner.tenant)), **key) as socket:
        socket.next()
        for nonsense in ("", "{", "[1]", "[" * 9_999, '"ping"', b"\x00\xff"):
            socket.connection.send(nonsense)
        socket.connection.send('{"type": "ping"}')
        assert socket.next() == {"type": "pong"}
        socket.connection.send("x" * (consumers.FRAME_MAX_BYTES + 1))
        assert socket.rest() == ([], 1009)
