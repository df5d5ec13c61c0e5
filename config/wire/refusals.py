"""Refusals that are given before Django has seen the request, in the form that Django gives."""

from __future__ import annotations

from config.api.problems import problem_response
from config.errors import DomainError
from config.wire.early import answer_early
from config.wire.patience import PatientReceive
from config.wire.types import Message, Scope, Send, header

LINGER_SECONDS = 5.0
LINGER_BYTES = 4 * 1024 * 1024


async def refuse(scope: Scope, body: PatientReceive, send: Send, error: DomainError) -> None:
    """Answer with ``error``: JSON for programs, a page for people.

    What of the request's body is still on its way is dealt with by :class:`Lingering`.
    """
    lingering = Lingering(scope, body, send)
    await answer_early(scope, lingering.send, lambda request: problem_response(request, error))


class Lingering:
    """``send`` for an answer given before the request's body was read.

    The answer goes out whole, with ``Connection: close``; then a bounded part of the body is
    read and dropped before the connection ends. Closing at once would reset the connection, and
    a client that is still sending would lose the answer (RFC 9112, 9.6).
    """

    def __init__(self, scope: Scope, body: PatientReceive, send: Send) -> None:
        self._body = body
        self._send = send
        # Who asked first and got this answer instead sends no body (RFC 9110, 10.1.1).
        self._nothing_comes = not body.is_begun and header(scope, b"expect") is not None

    async def send(self, message: Message) -> None:
        """Pass one message of the answer on."""
        if self._body.is_complete or message.get("more_body"):
            await self._send(message)
        elif message["type"] == "http.response.start":
            headers = [*message["headers"], (b"connection", b"close")]
            await self._send({**message, "headers": headers})
        elif self._nothing_comes:
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._body.drop(LINGER_BYTES, LINGER_SECONDS)
            await self._send({"type": "http.response.body", "body": b""})
