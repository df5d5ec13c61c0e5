"""What one process takes on at most: bytes held, streams open, readers that stall."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from config.lanes import sending, sync
from config.lanes.body import BodyCollector
from config.lanes.sending import send_rest
from config.lanes.sync import SyncLane
from config.wire.patience import PatientReceive
from config.wire.threads import Overloaded, Threads

POST = {"headers": [(b"transfer-encoding", b"chunked")]}
GET = {
    **{"type": "http", "method": "GET", "path": "/api/stream/", "root_path": ""},
    **{"query_string": b"", "http_version": "1.1", "headers": [(b"host", b"localhost")]},
    **{"client": None, "server": ("localhost", 80)},
}


@pytest.fixture
async def threads():
    threads = Threads(name="bounds", count=2)
    yield threads
    await threads.close()


def body_of(size_bytes: int) -> PatientReceive:
    async def receive():
        return {"type": "http.request", "body": b"x" * size_bytes, "more_body": False}

    return PatientReceive(receive)


async def no_more() -> dict:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets the event")


async def test_all_bodies_together_have_a_bound():
    bodies = BodyCollector(max_bytes=60, held_max_bytes=100)
    async with bodies.collected(POST, body_of(60)):
        with pytest.raises(Overloaded):
            async with bodies.collected(POST, body_of(60)):
                pass
        async with bodies.collected(POST, body_of(40)) as body:
            assert len(body) == 40
    async with bodies.collected(POST, body_of(60)):
        pass  # what was held is free again


class Streaming:
    """What Django returns for a stream, as far as the lane looks at it."""

    streaming = True
    is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"piece"

    def close(self) -> None:
        self.is_closed = True


async def test_one_stream_too_many_is_told_to_come_back(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync, "STREAMS_MAX", 0)
    stream, sent = Streaming(), []

    def wsgi(environ, start_response):
        start_response("200 OK", [])
        return stream

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await SyncLane(wsgi, threads=threads, reads=threads)(GET, receive, send)
    assert sent[0]["status"] == 503
    assert stream.is_closed


class Endless:
    """An answer that goes on for ever."""

    thread_bound = False
    is_closed = False

    def read(self) -> bytes:
        return b"piece"

    def close(self) -> None:
        self.is_closed = True


async def test_a_reader_that_takes_nothing_is_given_up(
    threads: Threads, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "STALL_SECONDS", 0.05)
    rest = Endless()

    async def send(message):
        await no_more()

    async with asyncio.timeout(20):
        await send_rest(b"first", rest, threads, no_more, send)
    assert rest.is_closed
