"""Lists of networks from which alone something may be used."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

NETWORKS_MOST = 50
Network = IPv4Network | IPv6Network


def read_networks(texts: Collection[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the networks (CIDR; an address is one of its own) in one spelling, and each problem.

    Bits beyond the prefix are dropped: ``203.0.113.7/24`` is ``203.0.113.0/24``.
    """
    known: list[str] = []
    problems = []
    for index, text in enumerate(texts):
        try:
            known.append(str(ip_network(text.strip(), strict=False)))
        except ValueError:
            message = "Give an address or a network, such as 203.0.113.0/24."
            loc = ["body", "allowed_networks", index]
            problems.append({"loc": loc, "msg": message, "type": "value_error"})
    if len(known) > NETWORKS_MOST:
        message = f"Give at most {NETWORKS_MOST} networks."
        problems.append({"loc": ["body", "allowed_networks"], "msg": message, "type": "too_long"})
    return list(dict.fromkeys(known)), problems


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Whether ``address`` (None: not known) lies in one of ``networks``; no network holds it."""
    return address is not None and any(
        ip_address(address) in ip_network(network) for network in networks
    )


def are_within(networks: Iterable[str], bounds: Iterable[str]) -> bool:
    """Whether each of ``networks`` lies in one of ``bounds``."""
    outer = [ip_network(bound) for bound in bounds]
    return all(any(_holds(bound, ip_network(each)) for bound in outer) for each in networks)


def _holds(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False
