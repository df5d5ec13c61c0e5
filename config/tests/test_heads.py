"""A request's head has an end, in bytes and in time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.tests.serving import Serving
from config.wire import heads


async def hello(scope, receive, send):
    if scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.2)
    with Serving(hello, http=heads.BoundedHeads) as serving:
        yield serving


@pytest.mark.parametrize("beginning", ["", "\r\n", "GET / HTTP/1.1\r\nhost: local"])
def test_a_head_that_does_not_come_ends_the_connection(server: Serving, beginning: str):
    with server.connect() as wire:
        assert wire.send(beginning).answer().status == 408
        assert wire.is_closed()


def test_so_does_the_second_one(server: Serving):
    with server.connect() as wire:
        assert wire.head("GET", "/").answer().body == b"hello"
        assert wire.send("GET / HTTP/1.1\r\n").answer().status == 408


def test_a_head_without_end_is_cut_off(server: Serving):
    with server.connect() as wire:
        wire.send("GET / HTTP/1.1\r\n")
        with pytest.raises(OSError, match="reset|pipe"):  # noqa: PT012 - until one of them
            for _ in range(10_000):
                wire.send("a: " + "b" * 8000 + "\r\n")


def test_a_body_may_take_longer_than_a_head(server: Serving, monkeypatch: pytest.MonkeyPatch):
    with server.connect() as wire:
        wire.head("POST", "/", content_length=100_000).send("a" * 99_999)
        with server.connect() as other:
            assert other.answer().status == 408
        assert wire.send("a").answer().body == b"hello"


def test_an_idle_connection_is_not_cut_off_after_an_answer(server: Serving):
    with server.connect() as wire:
        assert wire.head("GET", "/").answer().body == b"hello"
        with server.connect() as other:
            assert other.answer().status == 408
        assert wire.head("GET", "/").answer().body == b"hello"
