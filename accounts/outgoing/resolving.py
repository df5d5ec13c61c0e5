"""Looking a name up, once, with an end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from queue import Empty, Queue
from threading import Thread

Resolver = Callable[[str, int], Sequence[str]]


def system_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of ``host`` as this machine finds them. Raises OSError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is too long for a name
        raise OSError(str(error)) from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def resolve_within(resolver: Resolver, host: str, port: int, seconds: float) -> list[str]:
    """Return what ``resolver`` finds. Raises OSError, and TimeoutError after ``seconds``.

    In a thread of its own each time: the system's resolver can neither be told a deadline nor be
    interrupted, and a shared pool of threads could be filled by names that never answer.
    """
    answers: Queue[list[str] | OSError] = Queue(1)

    def look_up() -> None:
        try:
            answers.put(list(resolver(host, port)))
        except OSError as error:
            answers.put(error)

    Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except Empty:
        raise TimeoutError(f"{host} was not found in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer
