"""The id that follows one request through answers, logs, jobs and events."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def choose_request_id(offered: str | None) -> str:
    """Return the caller's id when it is harmless in a header and a log line, else a new one."""
    if offered and _ACCEPTED.fullmatch(offered):
        return offered
    return uuid.uuid4().hex


def current_request_id() -> str:
    """Return the id of the request (or task) being served; empty outside of one."""
    return _current.get()


def set_request_id(value: str) -> None:
    """Make ``value`` the id of what is being served in this context."""
    _current.set(value)
