"""Receivers that hang, trickle, flood, lie and hang up: the sender stays within its bounds."""

from __future__ import annotations

import ssl
import time
import tracemalloc
from typing import Any

import pytest
import trustme

from accounts.outgoing.failures import RequestFailed
from accounts.outgoing.networks import read_networks
from accounts.outgoing.resolving import system_addresses
from accounts.outgoing.targets import read_target
from accounts.outgoing.transport import ANSWER_BYTES, Answer, Policy, post
from accounts.tests.outgoing.receivers import (
    OK,
    Behaviour,
    answer,
    bomb,
    flood,
    hang,
    receiving,
    reset,
    status,
    trickle,
)

TRUSTING = Policy(trusted=read_networks(["127.0.0.0/8", "::1/128"]))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that only these tests know."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """What the sender trusts."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def sent(url: str, *, seconds: float = 5, **more: Any) -> Answer:
    more = {"resolver": system_addresses, "headers": {}, **more}
    return post(read_target(url), body=b'{"a":1}', seconds=seconds, policy=TRUSTING, **more)


def failure(behaviour: Behaviour, **more: Any) -> str:
    with receiving(behaviour, reads=more.pop("reads", True)) as receiver:
        with pytest.raises(RequestFailed) as failed:
            sent(receiver.url(), **more)
        assert receiver.visits == 1
    return failed.value.code


def test_the_request_is_what_was_meant():
    with receiving() as receiver:
        found = sent(receiver.url(path="/a?b=c%20d"), headers={"X-Mine": "yes"})
    assert (found.status, found.body, found.is_cut) == (200, b"ok", False)
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a?b=c%20d HTTP/1.1"
    assert body == b'{"a":1}'
    assert {f"Host: 127.0.0.1:{receiver.port}", "X-Mine: yes", "Content-Length: 7"} <= set(lines)
    assert "Accept-Encoding: identity" in lines


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    with receiving() as receiver, receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert sent(receiver.url()).status == 200
    assert (receiver.visits, proxy.visits) == (1, 0)


def test_a_redirect_is_an_answer_and_not_followed():
    with receiving() as canary:
        for code in (301, 302, 303, 307, 308):
            with receiving(status(code, f"Location: {canary.url()}")) as receiver:
                assert sent(receiver.url()).status == code
    assert canary.visits == 0


@pytest.mark.parametrize(
    "behaviour",
    [
        hang,
        trickle(b"HTTP/1.1 200 OK\r\n", b"X-More: y\r\n"),
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        trickle(b"HTTP/1.1 2", b"0"),
    ],
    ids=["says nothing", "headers without end", "continues for ever", "a status without end"],
)
def test_the_deadline_is_absolute(behaviour):
    began_at = time.monotonic()
    assert failure(behaviour, seconds=1) in ("timed_out", "bad_answer")
    assert time.monotonic() - began_at < 4  # an upper bound of what a hanging one may cost


def test_a_connection_that_takes_no_bytes_ends_with_the_deadline():
    """The other side never reads: what does not fit into buffers must not be waited for."""
    began_at = time.monotonic()
    with receiving(hang, reads=False) as receiver:
        with pytest.raises(RequestFailed) as failed:
            post(
                read_target(receiver.url()),
                body=bytes(40_000_000),
                headers={},
                seconds=1,
                policy=TRUSTING,
            )
    assert failed.value.code == "timed_out"
    assert time.monotonic() - began_at < 4


@pytest.mark.parametrize("behaviour", [flood, bomb], ids=["50 MB", "gzip bomb"])
def test_of_a_long_answer_little_is_read(behaviour):
    with receiving(behaviour) as receiver:
        tracemalloc.start()
        found = sent(receiver.url())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found.status == 200
    assert (len(found.body), found.is_cut) == (ANSWER_BYTES, True)
    # The bomb's own 100 MB are made by the receiver, a thread of this process.
    assert behaviour is bomb or peak < 3_000_000


def test_a_body_that_trickles_costs_two_seconds_and_the_status_counts():
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    began_at = time.monotonic()
    with receiving(trickle(start, b"x")) as receiver:
        found = sent(receiver.url(), seconds=15)
    assert (found.status, found.is_cut) == (200, True)
    assert time.monotonic() - began_at < 6


def test_headers_without_end_are_not_kept():
    many = b"HTTP/1.1 200 OK\r\n" + b"X-Many: " + b"y" * 1_000_000 + b"\r\n\r\n"
    assert failure(answer(many)) == "bad_answer"


@pytest.mark.parametrize(
    ("behaviour", "codes"),
    [
        (reset, {"connection_lost"}),
        (answer(b""), {"connection_lost"}),
        (answer(b"HTTP/1.1 200 OK\r\nX"), {"connection_lost", "bad_answer"}),
        (answer(b"SSH-2.0-OpenSSH\r\n\r\n"), {"bad_answer"}),
        (answer(b"\x15\x03\x01\x00\x02\x02\x46" * 9 + b"\r\n\r\n"), {"bad_answer"}),
        (answer(b"HTTP/1.1 20x OK\r\n\r\n"), {"bad_answer"}),
    ],
)
def test_what_is_no_answer_is_told_apart(behaviour, codes):
    assert failure(behaviour) in codes


def test_nobody_listens():
    with receiving() as receiver:
        pass
    with pytest.raises(RequestFailed) as failed:
        sent(receiver.url())
    assert failed.value.code == "connect_failed"


def test_an_answer_whose_length_lies_counts_by_its_status():
    with receiving(answer(b"HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\nx")) as receiver:
        assert sent(receiver.url()).status == 204


def by_name(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_tls_keeps_the_name(authority, tls):
    with receiving(tls=serving(authority.issue_cert("hooks.example"))) as receiver:
        url = receiver.url("hooks.example", "https")
        assert sent(url, tls=tls, resolver=by_name).status == 200
    assert f"Host: hooks.example:{receiver.port}".encode() in receiver.requests[0]


def test_of_several_addresses_one_that_answers_will_do(authority, tls):
    with receiving(tls=serving(authority.issue_cert("hooks.example"))) as receiver:
        url = receiver.url("hooks.example", "https")
        found = sent(url, tls=tls, resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert found.status == 200


@pytest.mark.parametrize("host", ["hooks.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(host, authority, tls):
    with receiving(tls=serving(authority.issue_cert("other.example"))) as receiver:
        with pytest.raises(RequestFailed) as failed:
            sent(receiver.url(host, "https"), tls=tls, resolver=by_name)
    assert failed.value.code == "tls_failed"
    assert receiver.requests == []


def test_a_certificate_of_nobody_known_is_refused(tls):
    stranger = trustme.CA().issue_cert("hooks.example")
    with receiving(tls=serving(stranger)) as receiver:
        with pytest.raises(RequestFailed) as failed:
            sent(receiver.url("hooks.example", "https"), tls=tls, resolver=by_name)
    assert failed.value.code == "tls_failed"
    assert receiver.requests == []


def test_plain_http_where_tls_is_expected_is_refused(tls):
    with receiving(answer(OK), reads=False) as receiver:
        with pytest.raises(RequestFailed) as failed:
            sent(receiver.url("hooks.example", "https"), tls=tls, resolver=by_name)
    assert failed.value.code in ("tls_failed", "connection_lost")


def test_a_handshake_that_hangs_ends_with_the_deadline(tls):
    began_at = time.monotonic()
    with receiving(hang, reads=False) as receiver:
        with pytest.raises(RequestFailed) as failed:
            sent(receiver.url("hooks.example", "https"), tls=tls, resolver=by_name, seconds=1)
    assert failed.value.code in ("timed_out", "connect_timeout")
    assert time.monotonic() - began_at < 4
