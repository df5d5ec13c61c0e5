"""Which addresses belong to the public Internet, by explicit networks.

From IANA's registries of special-purpose addresses (RFC 6890 and its successors). Python's
``is_global`` is not asked: in 3.11 it takes NAT64 and 6to4 for public, behind which anything lies.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host on this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # behind a carrier's NAT; also some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # looks public, but is Azure's host to its machines
        "169.254.0.0/16",  # link local: most clouds' metadata
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# All that has been given out for the public Internet; loopback, mapped and translated IPv4, link
# local, unique local and multicast addresses lie outside.
PUBLIC_IPV6 = IPv6Network("2000::/3")


def read_address(text: str) -> Address:
    """Return the address that a resolver has given, without a zone (``%eth0``)."""
    return ip_address(text.partition("%")[0])


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that an operator has written. Raises ValueError."""
    return tuple(ip_network(text) for text in texts)


def is_public(address: Address) -> bool:
    """Whether ``address`` is one of the public Internet's."""
    if isinstance(address, IPv6Address) and address not in PUBLIC_IPV6:
        return False
    return not is_within(address, NOT_PUBLIC)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether ``address`` lies in one of ``networks``."""
    return any(address.version == each.version and address in each for each in networks)
