"""No connection leaves to what is not public: addresses, spellings of them, names that lead there.

The canary listens on every address of this machine: whatever reaches it has passed the guard.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from accounts.outgoing.failures import Blocked, RequestFailed
from accounts.outgoing.networks import is_public, read_address, read_networks
from accounts.outgoing.resolving import system_addresses
from accounts.outgoing.targets import BadAddress, read_target
from accounts.outgoing.transport import Policy, post
from accounts.tests.outgoing.receivers import Receiver, receiving

# Addresses of which a name's only answer may be one: each is refused.
NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3
    127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1
    192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 100::1 100:0:0:1::1
    2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1
    2002:a9fe:a9fe::1 2620:4f:8000::1 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1
    fe80::1 fe80::1%lo fec0::1 ff02::1 ff0e::1
""".split()
EVERYWHERE = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 - to see all
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1
    169.253.255.255 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1 198.17.0.1
    198.20.0.1 223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2003::1 2a00::1
""".split()
# Spellings that lead to loopback or to a cloud's metadata, by the machine's own resolver.
SPELLINGS = """
    http://127.0.0.1:{port}/ http://localhost:{port}/ http://LOCALHOST:{port}/
    http://localhost.:{port}/ http://127.1:{port}/ http://127.0.1:{port}/ http://0:{port}/
    http://0.0.0.0:{port}/ http://2130706433:{port}/ http://0x7f000001:{port}/
    http://0x7f.0.0.1:{port}/ http://0x7f.1:{port}/ http://0177.0.0.1:{port}/
    http://017700000001:{port}/ http://127.0.0.1.:{port}/ http://[::1]:{port}/
    http://[::]:{port}/ http://[::ffff:127.0.0.1]:{port}/ http://[::ffff:7f00:1]:{port}/
    http://[0:0:0:0:0:0:0:1]:{port}/ http://[::127.0.0.1]:{port}/ http://１２７.０.０.１:{port}/
    http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/ http://127。0。0。1:{port}/ https://127.0.0.1:{port}/
    https://localhost:{port}/ https://[::1]:{port}/ http://127.0.0.1:{port}
    http://169.254.169.254/latest/meta-data/ http://2852039166/ http://[fd00:ec2::254]/
""".split()
# Texts that two parsers could understand in two ways: refused before anything is looked up.
DISPUTED = [
    *("http://good.example@127.0.0.1:{port}/", "http://127.0.0.1:{port}@good.example/"),
    *("http://127.0.0.1:{port}\\@good.example/", "http://good.example\\.127.0.0.1:{port}/"),
    *("http://127.0.0.1:{port}#@good.example/", "http://good.example#@127.0.0.1:{port}/"),
    *("http:127.0.0.1:{port}/", "http:///127.0.0.1:{port}/", "//127.0.0.1:{port}/"),
    *("http://127.0.0.1:{port} .good.example/", "http://127.0.0.1\t:{port}/"),
    *("http://127.0.0.1:{port}/\r\nX: y", "http://127.0.0.1\n:{port}/", " http://127.0.0.1:{port}"),
    *("http://127.0.0.1%00.good.example:{port}/", "http://%31%32%37.0.0.1:{port}/"),
    *("http://[::1%25lo]:{port}/", "http://[::1]x:{port}/", "http://[127.0.0.1]:{port}/x y"),
    *("ftp://127.0.0.1:{port}/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x"),
    *("javascript:alert(1)", "dict://127.0.0.1:{port}/", "unix:///run/docker.sock", ""),
    *("http://", "https:///", "http://:{port}/", "http://127.0.0.1:99999/", "http://a:b/"),
    *("http://" + "a" * 64 + ".example/", "http://" + "a." * 200 + "example/", "http://a..b/"),
    *("http://" + "a" * 2000, "http://exa mple/", "http://ex\u00adample\u200b /", "http://-/\x7f"),
]


@pytest.fixture(scope="module")
def canary() -> Iterator[Receiver]:
    """Listen where nothing may arrive: on every address of this machine."""
    with receiving(address=EVERYWHERE) as listening:
        yield listening


def sent(url: str, answers: Sequence[str] | None = None, policy: Policy | None = None) -> object:
    """Send to ``url``; its host has the addresses in ``answers``, if any are given."""
    resolver = system_addresses if answers is None else lambda host, port: answers
    policy = policy or Policy(ports=frozenset(range(65536)))
    return post(
        read_target(url), body=b"{}", headers={}, seconds=3, policy=policy, resolver=resolver
    )


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_none_of_the_internet(text):
    assert not is_public(read_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_neighbours_of_what_is_not_public_are_public(text):
    assert is_public(read_address(text))


@pytest.mark.parametrize("answer", NOT_PUBLIC)
def test_a_name_that_leads_inside_is_blocked(answer, canary):
    url = canary.url("hooks.example", scheme="https")
    for answers in ([answer], ["1.1.1.1", answer], [answer, "1.1.1.1"]):
        with pytest.raises(Blocked) as refused:
            sent(url, answers)
        assert refused.value.code == "blocked_address"
    assert canary.visits == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_inside_is_blocked(spelling, canary):
    url = spelling.format(port=canary.port)
    try:
        with pytest.raises(RequestFailed) as refused:
            sent(url)
        # A spelling that this machine's resolver does not know leads nowhere, which will do.
        assert refused.value.code in ("blocked_address", "dns_failed")
    except BadAddress:
        pass
    assert canary.visits == 0


@pytest.mark.parametrize("text", DISPUTED)
def test_what_parsers_could_dispute_is_no_address(text, canary):
    with pytest.raises(BadAddress):
        sent(text.format(port=canary.port))
    assert canary.visits == 0


def test_there_are_sixty_vectors_and_more():
    assert len(NOT_PUBLIC) + len(SPELLINGS) + len(DISPUTED) >= 120


def test_a_name_is_asked_for_once_and_what_it_says_later_does_not_count(canary):
    """Rebinding: public when it is vetted, loopback when it is connected to."""
    told = itertools.chain([["192.0.9.9"]], itertools.repeat(["127.0.0.1"]))
    asked = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(told)

    target = read_target(canary.url("rebind.example", scheme="https"))
    everything = Policy(ports=frozenset({target.port}))
    with pytest.raises(RequestFailed) as failed:
        post(target, body=b"", headers={}, seconds=0.5, policy=everything, resolver=rebinding)
    assert failed.value.code in ("connect_timeout", "connect_failed", "timed_out")
    assert asked == ["rebind.example"]
    assert canary.visits == 0


def test_the_connection_goes_to_the_vetted_address_whatever_the_system_says(canary, monkeypatch):
    """The same by the system's own resolver, which httpcore would ask again for the name."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host, *args, **kwargs):
        asked.append(host)
        first = asked.count("rebind.example") == 1
        return real({"rebind.example": "192.0.9.9" if first else "127.0.0.1"}.get(host, host),
                    *args, **kwargs)  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    target = read_target(canary.url("rebind.example", scheme="https"))
    with pytest.raises(RequestFailed):
        post(target, body=b"", headers={}, seconds=0.5, policy=Policy(frozenset({target.port})))
    assert asked.count("rebind.example") == 1
    assert canary.visits == 0


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 5432, 8000, 11211])
def test_other_ports_of_the_internet_are_blocked(port):
    with pytest.raises(Blocked) as refused:
        sent(f"https://hooks.example:{port}/", ["1.1.1.1"], Policy())
    assert refused.value.code == "blocked_port"


def test_without_tls_nothing_leaves():
    with pytest.raises(Blocked) as refused:
        sent("http://hooks.example/", ["1.1.1.1"], Policy(frozenset({80})))
    assert refused.value.code == "blocked_scheme"


def test_a_network_that_the_operator_trusts_may_be_asked():
    trusting = Policy(trusted=read_networks(["127.0.0.0/8"]))
    with receiving() as receiver:
        assert sent(receiver.url(), ["127.0.0.1"], trusting).status == 200
        with pytest.raises(Blocked):
            sent(receiver.url(), ["127.0.0.1", "10.0.0.1"], trusting)
    assert receiver.visits == 1


def test_names_that_never_answer_are_given_up(canary):
    target = read_target("https://slow.example/")
    never = Event()

    def slow(host: str, port: int) -> Sequence[str]:
        never.wait(10)
        return ["127.0.0.1"]

    with pytest.raises(RequestFailed) as failed:
        post(target, body=b"", headers={}, seconds=0.2, policy=Policy(), resolver=slow)
    never.set()
    assert failed.value.code == "dns_timeout"


def test_names_that_nobody_has_are_said_so():
    for nothing in ([], ["not an address"]):
        with pytest.raises(RequestFailed):
            sent("https://hooks.example/", nothing)
    with pytest.raises(RequestFailed) as failed:
        sent("https://nobody.invalid/")
    assert failed.value.code in ("dns_failed", "dns_timeout")
