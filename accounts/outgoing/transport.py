"""The guarded sender: a POST to a customer's address that reaches no network of ours.

The name is resolved once, every address it has must be allowed, and the connection goes to one of
those very addresses, while TLS and the ``Host`` header keep the name: a name that means something
else a moment later changes nothing. No redirects, no proxies, no decompression, one absolute
deadline over everything, and of the answer no more than is worth reading.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore

from accounts.outgoing.failures import Blocked, RequestFailed, failure_of
from accounts.outgoing.networks import Network, is_public, is_within, read_address
from accounts.outgoing.resolving import Resolver, resolve_within, system_addresses
from accounts.outgoing.targets import Target

ANSWER_BYTES = 64 * 1024
# The status has decided by then: what follows is for the log, and worth no more time.
BODY_SECONDS = 2.0
CONNECT_SECONDS = 5.0
# Of a name with dozens of addresses so many are tried.
ADDRESSES_TRIED = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """``ports`` of the public Internet that may be asked; ``trusted`` networks: any, and http."""

    ports: frozenset[int] = frozenset({443})
    trusted: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``headers`` have names in lower case, ``body`` ends where it was cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool


class Deadline:
    """An instant after which nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Return the seconds left, never more than ``at_most``. Raises ReadTimeout when none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if at_most is None else min(left, at_most)

    def shorten(self, seconds: float) -> None:
        """Let it come after ``seconds`` from now, if that is sooner."""
        self._at = min(self._at, time.monotonic() + seconds)


class _Bounded(httpcore.NetworkStream):
    """A connection whose every step ends with the deadline: a trickle of bytes extends nothing."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Not httpcore's own: there each byte that the other side takes renews the timeout.
        connection = self._inner.get_extra_info("socket")
        try:
            while buffer:
                connection.settimeout(self._deadline.left(timeout))
                buffer = buffer[connection.send(buffer) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Bounded(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Pinned(httpcore.SyncBackend):
    """Connects to the addresses that were vetted, whatever name it is given."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        super().__init__()
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("no address")
        for address in self._addresses[:ADDRESSES_TRIED]:
            try:
                wait = self._deadline.left(CONNECT_SECONDS)
                return _Bounded(super().connect_tcp(address, port, wait), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def post(
    target: Target,
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    policy: Policy,
    resolver: Resolver = system_addresses,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send ``body`` to ``target`` and return the answer, all within ``seconds``.

    Raises Blocked when it may not go there, and RequestFailed when no answer came; both have a
    stable ``code``.
    """
    deadline = Deadline(seconds)
    try:
        addresses = vet(target, policy=policy, resolver=resolver, deadline=deadline)
        backend = _Pinned(addresses, deadline)
        with httpcore.ConnectionPool(
            ssl_context=tls or _tls(), network_backend=backend, retries=0, http2=False
        ) as connections:
            return _exchange(connections, target, body, headers, deadline)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise failure_of(error) from error
    except (ssl.SSLError, ssl.CertificateError) as error:
        raise RequestFailed("tls_failed", str(error)) from error


def vet(target: Target, *, policy: Policy, resolver: Resolver, deadline: Deadline) -> list[str]:
    """Return the addresses of ``target``, all of them allowed.

    One that is not blocks all: a name that leads inside and outside has been made for that.
    """
    try:
        found = resolve_within(resolver, target.host, target.port, deadline.left(CONNECT_SECONDS))
    except OSError as error:
        code = "dns_timeout" if isinstance(error, TimeoutError) else "dns_failed"
        raise RequestFailed(code, f"{target.host}: {error}") from error
    if not found:
        raise RequestFailed("dns_failed", f"{target.host} has no address")
    for text in found:
        _allow(text, target, policy)
    return found


def _allow(text: str, target: Target, policy: Policy) -> None:
    try:
        address = read_address(text)
    except ValueError:
        raise Blocked("blocked_address", f"{target.host} leads to no address") from None
    if is_within(address, policy.trusted):
        return
    if not is_public(address):
        raise Blocked("blocked_address", f"{target.host} leads to a network that is not public")
    if target.scheme != "https":
        raise Blocked("blocked_scheme", "only https may leave")
    if target.port not in policy.ports:
        raise Blocked("blocked_port", f"port {target.port} is not allowed")


def _exchange(
    connections: httpcore.ConnectionPool,
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    deadline: Deadline,
) -> Answer:
    url = httpcore.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.tail.encode(),
    )
    lines = {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"}
    lines = {**lines, **headers, "Content-Length": str(len(body))}
    limits = {"timeout": {step: CONNECT_SECONDS * 4 for step in ("read", "write", "pool")}}
    with connections.stream(
        "POST", url, headers=list(lines.items()), content=body, extensions=limits
    ) as response:
        deadline.shorten(BODY_SECONDS)
        content, is_cut = _first_bytes(response)
        return Answer(response.status, _readable(response.headers), content, is_cut)


def _first_bytes(response: httpcore.Response) -> tuple[bytes, bool]:
    """Return what arrives of the body in time, and whether there was more."""
    content = bytearray()
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for piece in response.iter_stream():
            content += piece
            if len(content) >= ANSWER_BYTES:
                break
        else:
            return bytes(content), False
    return bytes(content[:ANSWER_BYTES]), True


def _readable(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
