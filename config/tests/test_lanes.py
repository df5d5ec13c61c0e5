"""The sync lane, from real sockets to Django's middleware and back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection

from config.lanes.body import BODY_MAX_BYTES
from config.lanes.router import LaneRouter
from config.lanes.sync import SyncLane
from config.tests.lane_urls import Watched, colour
from config.tests.serving import Reply, Serving
from config.wire.threads import Threads

pytestmark = pytest.mark.urls("config.tests.lane_urls")


async def no_sockets(scope, receive, send):
    raise AssertionError("no test here opens a socket")


@pytest.fixture(scope="module")
def threads() -> Threads:
    return Threads(name="sync", count=2, waiting_max=2)


@pytest.fixture(scope="module")
def module_server(threads: Threads) -> Iterator[Serving]:
    disk = Threads(name="disk", count=1)
    lane = SyncLane(get_wsgi_application(), threads=threads, reads=disk)

    async def coloured(scope, receive, send):
        colour.set("red")
        await lane(scope, receive, send)

    router = LaneRouter(
        http=coloured, websocket=no_sockets, on_shutdown=[threads.close, disk.close]
    )
    with Serving(router) as serving:
        yield serving


@pytest.fixture
def server(module_server: Serving) -> Iterator[Serving]:
    Watched.ran, Watched.closed, Watched.threads = 0, [], []
    Watched.gate = threading.Event()
    yield module_server
    Watched.gate.set()


def get(server: Serving, path: str, method: str = "GET", **headers: object) -> Reply:
    with server.connect() as wire:
        return wire.head(method, path, **headers).answer(method)


def echoed(reply: Reply) -> dict:
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_a_request_arrives_as_it_was_sent(server: Serving):
    with server.connect() as wire:
        wire.head(
            "POST", "/echo/?q=%C3%A9&q=2", content_type="text/plain", content_length=3, x_y="z"
        )
        seen = echoed(wire.send("abc").answer())
    assert (seen["method"], seen["body"], seen["length"]) == ("POST", "abc", "3")
    assert seen["query"] == {"q": "2"}
    assert seen["headers"]["X-Y"] == "z"
    assert seen["remote"] == "127.0.0.1"
    assert seen["thread"].startswith("sync")


def test_context_variables_reach_the_view(server: Serving):
    assert echoed(get(server, "/echo/"))["colour"] == "red"
    assert colour.get() == "none"


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ("/named/caf%C3%A9", "/named/café"),
        ("/named/a%2Fb", "/named/a/b"),
        ("/named/%FF", "/named/%FF"),  # not UTF-8: kept, where ASGI's own path has lost it
        ("/named/50%25", "/named/50%"),
    ],
)
def test_paths_are_decoded_once(server: Serving, sent: str, path: str):
    assert echoed(get(server, sent))["path"] == path


def test_repeated_headers_are_joined_and_ambiguous_ones_dropped(server: Serving):
    lines = "GET /echo/ HTTP/1.1\r\nhost: localhost\r\ncookie: a=1\r\ncookie: b=2\r\n"
    lines += "x-real: 1\r\nX-Real: 2\r\nx_forged: 3\r\n\r\n"
    with server.connect() as wire:
        seen = echoed(wire.send(lines).answer())
    assert seen["cookies"] == {"a": "1", "b": "2"}
    assert seen["headers"]["X-Real"] == "1,2"
    assert "X-Forged" not in seen["headers"]


def test_each_cookie_has_its_own_header(server: Serving):
    assert [one.split("=")[0] for one in get(server, "/echo/").headers["set-cookie"]] == ["a", "b"]


def test_a_chunked_body_is_put_together(server: Serving):
    with server.connect() as wire:
        wire.head("POST", "/echo/", transfer_encoding="chunked")
        seen = echoed(wire.send("3\r\nabc\r\n", "2\r\nde\r\n0\r\n\r\n").answer())
    assert (seen["body"], seen["length"]) == ("abcde", "5")
    assert "Transfer-Encoding" not in seen["headers"]


def test_a_connection_serves_several_requests(server: Serving):
    with server.connect() as wire:
        for body in ("one", "two"):
            wire.head("POST", "/echo/", content_length=3).send(body)
            assert echoed(wire.answer())["body"] == body


def test_the_largest_body_passes_and_one_more_byte_does_not(server: Serving):
    with server.connect() as wire:
        wire.head("POST", "/echo/", content_length=BODY_MAX_BYTES).send(b"x" * BODY_MAX_BYTES)
        assert len(echoed(wire.answer())["body"]) == BODY_MAX_BYTES
    with server.connect() as wire:
        wire.head("POST", "/api/echo/", content_length=BODY_MAX_BYTES + 1)
        assert wire.answer().status == 413
    assert Watched.ran == 1


def test_a_refused_client_that_goes_on_sending_hears_the_answer(server: Serving):
    with server.connect() as wire:
        wire.head("POST", "/api/echo/", content_length=BODY_MAX_BYTES + 1, x_request_id="abc-12345")
        wire.send(b"x" * (BODY_MAX_BYTES + 1))
        reply = wire.answer()
        assert wire.is_closed()
    problem = json.loads(reply.body)
    assert (problem["type"], problem["status"]) == ("payload_too_large", 413)
    assert problem["request_id"] == "abc-12345" == reply.headers["x-request-id"][0]
    assert reply.headers["connection"] == ["close"]
    assert "content-security-policy" in reply.headers


def test_a_chunked_body_without_end_is_cut_off(server: Serving):
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with server.connect() as wire:
        wire.head("POST", "/api/echo/", transfer_encoding="chunked")
        wire.send(*[piece] * (BODY_MAX_BYTES // 0x10000 + 2))
        assert wire.answer().status == 413


def test_nothing_runs_for_a_client_that_leaves_in_the_middle(server: Serving):
    with server.connect() as wire:
        wire.head("POST", "/echo/", content_length=10).send("12345")
    assert echoed(get(server, "/echo/"))["method"] == "GET"
    assert Watched.ran == 1


async def test_a_body_shorter_than_announced_is_refused():
    """Some servers say that a body is complete when the connection is not any more."""
    assert await status_of(get_wsgi_application(), length=b"10") == 400


async def test_what_django_cannot_answer_itself_is_a_500():
    def broken(environ, start_response):
        raise RuntimeError

    assert await status_of(broken, length=b"5") == 500


async def status_of(wsgi, length: bytes) -> int:
    """Return what the lane answers to a body of five bytes that was announced as ``length``."""
    threads = Threads(name="short", count=1)
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": b"12345", "more_body": False}

    async def send(message):
        sent.append(message)

    lane = SyncLane(wsgi, threads=threads, reads=threads)
    await lane(post_scope("/api/echo/", length=length), receive, send)
    await threads.close()
    return sent[0]["status"]


async def test_threads_come_back_after_their_end():
    """One application may live through several servers."""
    threads = Threads(name="twice", count=1)
    for _ in range(2):
        assert await threads.run(lambda: threading.current_thread().name) == "twice_0"
        await threads.close()


def post_scope(path: str, length: bytes) -> dict:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(b"host", b"localhost"), (b"content-length", length)],
        "client": None,
        "server": ("localhost", 80),
    }


def test_a_body_that_stalls_ends_in_a_timeout(server: Serving, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("config.wire.patience.PatientReceive.__init__.__defaults__", (0.2, 16384))
    with server.connect() as wire:
        wire.head("POST", "/api/echo/", content_length=10).send("12345")
        reply = wire.answer()
        assert wire.is_closed()
    assert (reply.status, json.loads(reply.body)["type"]) == (408, "request_timeout")
    assert Watched.ran == 0


def test_head_has_the_headers_of_get_and_no_body(server: Serving):
    with server.connect() as wire:
        head = wire.head("HEAD", "/file/1024/").answer("HEAD")
        assert head.headers["content-length"] == ["1024"]
        assert wire.head("GET", "/file/1024/").answer().body == bytes(range(256)) * 4
    assert Watched.closed == ["file", "file"]


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_body_have_no_length(server: Serving, status: int):
    with server.connect() as wire:
        reply = wire.head("GET", f"/empty/{status}/").answer()
        assert (reply.status, "content-length" in reply.headers) == (status, False)
        assert wire.head("GET", "/empty/204/").answer().status == 204


def test_a_long_file_is_sent_whole(server: Serving):
    size = 10 * 1024 * 1024
    reply = get(server, f"/file/{size}/")
    assert reply.body == bytes(range(256)) * (size // 256)
    until(lambda: Watched.closed == ["file"])


def test_a_file_is_closed_when_its_reader_leaves(server: Serving):
    with server.connect() as wire:
        wire.head("GET", f"/file/{256 * 1024 * 1024}/")
        wire.socket.recv(1000)
    until(lambda: Watched.closed == ["file"])


def test_a_slow_reader_of_a_file_holds_no_thread(server: Serving):
    readers = []
    for _ in range(6):
        readers.append(server.connect().head("GET", f"/file/{64 * 1024 * 1024}/"))
        assert readers[-1].socket.recv(12) == b"HTTP/1.1 200"
    assert echoed(get(server, "/echo/"))["method"] == "GET"
    for reader in readers:
        reader.close()
    until(lambda: Watched.closed == ["file"] * 6)


def test_a_stream_runs_and_closes_in_one_thread_of_its_own(server: Serving):
    reply = get(server, "/rows/")
    assert reply.body == b"".join(b"%d\n" % number for number in range(100_000))
    assert len(set(Watched.threads)) == 1
    until(lambda: Watched.closed == [Watched.threads[0]])
    assert not Watched.threads[0].startswith("sync")


def test_a_stream_is_closed_when_its_reader_leaves(server: Serving):
    with server.connect() as wire:
        wire.head("GET", "/rows/")
        wire.socket.recv(1000)
    until(lambda: len(Watched.closed) == 1)


def test_a_crash_is_a_500_without_details(server: Serving):
    reply = get(server, "/crash/", accept="application/json")
    assert reply.status == 500
    assert b"secret" not in reply.body


def test_too_many_waiting_requests_are_told_to_come_back(server: Serving, threads: Threads):
    waiting = [server.connect().head("GET", "/wait/") for _ in range(4)]
    until(lambda: threads._unfinished == 4)
    reply = get(server, "/api/echo/")
    assert (reply.status, json.loads(reply.body)["type"]) == (503, "overloaded")
    assert int(reply.headers["retry-after"][0]) > 0
    Watched.gate.set()
    assert [one.answer().body for one in waiting] == [b"waited"] * 4
    assert get(server, "/echo/").status == 200


def test_every_answer_gives_its_database_connection_back(transactional_db: None, server: Serving):
    readers = []
    for path in ("/file/1024/", f"/file/{64 * 1024 * 1024}/", "/rows/"):
        readers.append(server.connect().head("GET", f"{path}?query"))
        readers[-1].socket.recv(100)
    # The stream is still being read and may query; the two files have done so before.
    until(lambda: other_connections() <= 1)
    for reader in readers:
        reader.close()
    until(lambda: other_connections() == 0)
    until(lambda: len(Watched.closed) == 3)


def other_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "this should have happened by now"
        time.sleep(0.01)
