"""Why a request got no answer, by stable codes that the delivery log shows."""

from __future__ import annotations

import ssl

import httpcore

# For people: what each code of this package means.
FAILURES = {
    "bad_address": "The address cannot be asked.",
    "blocked_address": "The host leads to a network that is not public.",
    "blocked_port": "The port is not one of those that may be asked.",
    "blocked_scheme": "The address is not https.",
    "dns_failed": "The host's name was not found.",
    "dns_timeout": "The host's name was not found in time.",
    "connect_failed": "The connection was refused.",
    "connect_timeout": "The connection was not answered in time.",
    "tls_failed": "The host's certificate or its TLS is not in order.",
    "timed_out": "There was no answer in time.",
    "connection_lost": "The connection ended before an answer.",
    "bad_answer": "What came back was not HTTP.",
}


class RequestFailed(Exception):
    """No answer came; ``code`` is one of FAILURES."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or FAILURES[code])
        self.code = code


class Blocked(RequestFailed):
    """The request was not made: it would have left to where none may go."""


def failure_of(error: Exception) -> RequestFailed:
    """Return what an error of httpcore means."""
    # Its errors keep what happened as their cause, some levels down.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return RequestFailed("tls_failed", str(cause))
        cause = cause.__cause__ or cause.__context__
    return RequestFailed(_code(error), str(error))


def _code(error: Exception) -> str:
    for kind, code in (
        (httpcore.ConnectTimeout, "connect_timeout"),
        (httpcore.TimeoutException, "timed_out"),
        (httpcore.ConnectError, "connect_failed"),
        (httpcore.NetworkError, "connection_lost"),
    ):
        if isinstance(error, kind):
            return code
    # A server that hangs up before its status line is told apart from one that speaks nonsense.
    return "connection_lost" if "without sending" in str(error) else "bad_answer"
