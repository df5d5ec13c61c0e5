"""Who is at the other end of a connection, for the lanes that look before Django does."""

from __future__ import annotations

from config.caller import client_address
from config.wire.types import Scope


def scope_address(scope: Scope) -> str | None:
    """Return the client's address (``config.caller.client_address``)."""
    seen = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    peer = scope.get("client") or ("",)
    return client_address(peer[0] or "", b",".join(seen).decode("latin-1"))
