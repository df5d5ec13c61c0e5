"""Where a request comes from, for what is written down about it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The client's address (None: not known, or no request) and what its program calls itself."""

    address: str | None = None
    user_agent: str = ""


_NOBODY = Caller()
_current: ContextVar[Caller] = ContextVar("caller", default=_NOBODY)


def current_caller() -> Caller:
    """Return where the request being served comes from; an empty one outside of a request."""
    return _current.get()


def set_caller(caller: Caller) -> None:
    """Make ``caller`` the one of what is being served in this context."""
    _current.set(caller)
