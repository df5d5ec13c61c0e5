"""Receivers of requests that behave in every way receivers do, each a real socket of its own."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Behaviour = Callable[["Visit"], None]


@dataclass
class Visit:
    """One connection: what was asked, and how to answer it."""

    connection: socket.socket
    request: bytes
    ending: Event

    def say(self, data: bytes) -> None:
        """Send, as far as the other side listens."""
        with suppress(OSError):
            self.connection.sendall(data)


@dataclass
class Receiver:
    """A listening socket; ``requests`` holds what each connection sent, ``visits`` counts them."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    visits: int = 0

    def url(self, host: str = "127.0.0.1", scheme: str = "http", path: str = "/hook") -> str:
        """Return its address by ``host``."""
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def receiving(
    behaviour: Behaviour | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    address: str = "127.0.0.1",
    reads: bool = True,
) -> Iterator[Receiver]:
    """Listen inside the block; each connection is a thread that behaves as told."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    both = address == "::"
    listening = socket.create_server((address, 0), family=family, dualstack_ipv6=both)
    receiver, ending = Receiver(listening.getsockname()[1]), Event()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError), connection:
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            request = read_request(connection) if reads else b""
            receiver.requests.append(request)
            (behaviour or answer(OK))(Visit(connection, request, ending))
            connection.close()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                receiver.visits += 1
                Thread(target=serve, args=(connection,), daemon=True).start()

    Thread(target=accept, daemon=True).start()
    try:
        yield receiver
    finally:
        ending.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def read_request(connection: socket.socket) -> bytes:
    """Return a whole request: its head, and as much body as that says."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < wanted and (piece := connection.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + body


def answer(data: bytes) -> Behaviour:
    """Say ``data`` and hang up."""
    return lambda visit: visit.say(data)


def status(code: int, *headers: str) -> Behaviour:
    """Answer with a status and nothing else."""
    lines = [f"HTTP/1.1 {code} X", *headers, "Content-Length: 0", "", ""]
    return answer("\r\n".join(lines).encode())


def hang(visit: Visit) -> None:
    """Say nothing, and stay."""
    visit.ending.wait(60)


def trickle(start: bytes, piece: bytes) -> Behaviour:
    """Say ``start``, then ``piece`` every tenth of a second for ever."""

    def behave(visit: Visit) -> None:
        visit.connection.sendall(start)
        while not visit.ending.wait(0.1):
            visit.connection.sendall(piece)

    return behave


def flood(visit: Visit) -> None:
    """Answer with 50 MB."""
    size = 50_000_000
    visit.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    began_at = time.monotonic()
    for _ in range(size // 50_000):
        visit.connection.sendall(b"x" * 50_000)
        if time.monotonic() - began_at > 20:
            return


def bomb(visit: Visit) -> None:
    """Answer with 100 MB of zeros as 100 kB of gzip."""
    packed = gzip.compress(bytes(100_000_000), 9)
    visit.say(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    )
    visit.say(packed)


def reset(visit: Visit) -> None:
    """Hang up with a reset."""
    linger = struct.pack("ii", 1, 0)
    visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
