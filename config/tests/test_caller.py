"""The client's address: who connects, or whom our proxies saw, and never what a client claims."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from pytest_django import Settings

from config.caller import Caller, client_address, current_network, set_caller
from config.wire.addresses import scope_address

CLIENT, LIE, PROXY, BALANCER = "203.0.113.9", "198.51.100.1", "10.0.0.5", "10.0.0.6"


@pytest.fixture
def behind(settings: Settings) -> Settings:
    settings.BEHIND_PROXY = True
    return settings


@pytest.mark.parametrize("header", ["", LIE, f"{LIE}, {PROXY}", "nonsense"])
def test_without_a_proxy_the_connection_tells(header: str) -> None:
    assert client_address(CLIENT, header) == CLIENT


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (CLIENT, CLIENT),
        (f"{LIE}, {CLIENT}", CLIENT),
        (f"{LIE},{CLIENT} ", CLIENT),
        ("", PROXY),
        (f"{LIE}, unknown", None),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", CLIENT),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_a_proxy_is_believed_for_one_hop(
    behind: Settings, header: str, address: str | None
) -> None:
    assert client_address(PROXY, header) == address
    assert client_address("", header) == (None if not header else address)  # a Unix socket


def test_listed_proxies_are_believed_and_nobody_else(behind: Settings) -> None:
    behind.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]
    assert client_address(PROXY, f"{LIE}, {CLIENT}, {BALANCER}") == CLIENT
    assert client_address(PROXY, f"{LIE}, {CLIENT}") == CLIENT
    assert client_address(PROXY, BALANCER) == BALANCER
    assert client_address(CLIENT, LIE) == CLIENT
    assert client_address("2001:db8::1", LIE) == "2001:db8::1"


def test_a_connections_scope_has_them_all(behind: Settings) -> None:
    behind.TRUSTED_PROXIES = [ip_network("10.0.0.0/24")]
    lines = [(b"x-forwarded-for", each.encode()) for each in (LIE, CLIENT, BALANCER)]
    assert scope_address({"client": (PROXY, 1), "headers": lines}) == CLIENT
    assert scope_address({"client": None, "headers": []}) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (CLIENT, CLIENT),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:1:2:3", "2001:db8:1:2::/64"),
        (None, ""),
    ],
)
def test_attempts_of_one_customer_are_counted_together(address: str | None, network: str) -> None:
    set_caller(Caller(address))
    assert current_network() == network
    set_caller(Caller())
