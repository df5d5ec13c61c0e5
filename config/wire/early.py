"""Answers that are given before Django has seen the request, in the form that Django gives.

Logging, request id and security headers are those of every other answer: the same functions make
them, only without sessions, forms and views in between.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware

from config.middleware import request_log, security_headers
from config.wire.environ import build_environ
from config.wire.types import Scope, Send

Maker = Callable[[HttpRequest], HttpResponse]
_MAKER_KEY = "countermark.maker"


def _made(request: HttpRequest) -> HttpResponseBase:
    response: HttpResponseBase = request.META[_MAKER_KEY](request)
    return response


_answer = request_log(
    security_headers(SecurityMiddleware(_made))  # type: ignore[arg-type] # sync, as _made is
)


async def answer_early(scope: Scope, send: Send, make: Maker) -> None:
    """Answer with what ``make`` returns for the request, whose body nobody reads."""
    environ = build_environ(scope, b"")
    environ[_MAKER_KEY] = make
    response = _answer(WSGIRequest(environ))
    content = b"" if scope["method"] == "HEAD" else b"".join(response)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]
    if response.status_code != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    status = response.status_code
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
