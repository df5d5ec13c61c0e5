"""A request whose body has been read already, as Django shall see it."""

from __future__ import annotations

from config.wire.types import Message, Receive, Scope

FRAMING = frozenset({b"content-length", b"transfer-encoding"})


def without_body(scope: Scope, environ: dict[str, object]) -> Scope:
    """Return the scope of the same request with its body taken away."""
    headers = [pair for pair in scope["headers"] if pair[0] not in FRAMING]
    return {**scope, "headers": headers, "environ": environ}


def after_body(receive: Receive) -> Receive:
    """Return a ``receive`` that begins with the end of the body."""
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def next_message() -> Message:
        return next(messages, None) or await receive()

    return next_message
