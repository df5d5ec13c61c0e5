"""The shapes of ASGI 3 (https://asgi.readthedocs.io/en/latest/specs/www.html)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The client closed the connection before its request was complete: nobody to answer."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header called ``name`` (lower case), or None."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def announced_length(scope: Scope) -> int | None:
    """Return the body's length as the client announced it; None when it did not (chunked)."""
    value = header(scope, b"content-length")
    return int(value) if value is not None and value.isdigit() else None
