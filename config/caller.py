"""Where a request comes from: what is written down about it, and what keys are held against."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings

Address = IPv4Address | IPv6Address
COUNTED_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Caller:
    """The client's address (None: not known, or no request) and what its program calls itself."""

    address: str | None = None
    user_agent: str = ""


_NOBODY = Caller()
_current: ContextVar[Caller] = ContextVar("caller", default=_NOBODY)


def current_caller() -> Caller:
    """Return where the request being served comes from; an empty one outside of a request."""
    return _current.get()


def set_caller(caller: Caller) -> None:
    """Make ``caller`` the one of what is being served in this context."""
    _current.set(caller)


def current_network() -> str:
    """Return what attempts of the caller are counted against; empty where that is not known.

    Of IPv6 everybody has a whole /64, from which a program takes another address for each attempt.
    """
    address = plain_address(current_caller().address or "")
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, COUNTED_PREFIX), strict=False))
    return str(address) if address else ""


def client_address(peer: str, forwarded_for: str) -> str | None:
    """Return the client's address: the connection's other end, or whom our proxies saw there.

    ``forwarded_for`` is ``X-Forwarded-For``, in which each proxy adds at the right whom it saw.
    It is read from the right and no further than our own proxies wrote it: what stands left of
    that is the client's word. None for a Unix socket and what is no address.
    """
    nearest = plain_address(peer)
    if not settings.BEHIND_PROXY or not _is_trusted(nearest):
        return str(nearest) if nearest else None
    for hop in reversed(forwarded_for.split(",") if forwarded_for.strip() else []):
        nearest = plain_address(hop)
        if nearest is None or not settings.TRUSTED_PROXIES or not _is_trusted(nearest):
            break
    return str(nearest) if nearest else None


def address_in(environ: Mapping[str, str]) -> str | None:
    """Return the client's address of a request's environ (PEP 3333)."""
    return client_address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", ""))


def plain_address(text: str) -> Address | None:
    """Return an address in one way: no port, no name of a link (fe80::1%eth0), no IPv4 in IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address | None) -> bool:
    """Whether a proxy of ours has this address; without a list whoever connects is one."""
    if address is None or not settings.TRUSTED_PROXIES:
        return True
    return any(address in network for network in settings.TRUSTED_PROXIES)
