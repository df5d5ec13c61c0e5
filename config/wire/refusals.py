"""Answers that are given before Django has seen the request, in the form that Django gives.

Logging, request id, security headers and the error's shape are those of every other answer: the
same functions make them, only without sessions, forms and views in between.
"""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware

from config.api.problems import problem_response
from config.errors import DomainError
from config.middleware import request_log, security_headers
from config.wire.environ import build_environ
from config.wire.patience import PatientReceive
from config.wire.types import Message, Scope, Send, header

LINGER_SECONDS = 5.0
LINGER_BYTES = 4 * 1024 * 1024
REFUSAL_KEY = "countermark.refusal"


def _refusal(request: HttpRequest) -> HttpResponseBase:
    return problem_response(request, request.META[REFUSAL_KEY])


_answer = request_log(
    security_headers(SecurityMiddleware(_refusal))  # type: ignore[arg-type] # sync, as _refusal is
)


async def refuse(scope: Scope, body: PatientReceive, send: Send, error: DomainError) -> None:
    """Answer with ``error``: JSON for programs, a page for people.

    What of the request's body is still on its way is dealt with by :class:`Lingering`.
    """
    environ = build_environ(scope, b"")
    environ[REFUSAL_KEY] = error
    response = _answer(WSGIRequest(environ))
    content = b"" if scope["method"] == "HEAD" else b"".join(response)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]
    headers.append((b"content-length", str(len(content)).encode()))
    lingering = Lingering(scope, body, send)
    await lingering.send(
        {"type": "http.response.start", "status": response.status_code, "headers": headers}
    )
    await lingering.send({"type": "http.response.body", "body": content})


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
