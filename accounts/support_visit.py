"""What a principal is told of the support session in which staff ask."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime

from config.errors import Forbidden


class SupportSessionRefused(Forbidden):
    """A support session opens pages, and not all of them: no API, sockets, secrets or files."""

    code = "support_session_refused"
    message = "This is closed to support sessions."


class SupportSessionOver(Forbidden):
    """Its time is up, or somebody has ended it."""

    code = "support_session_over"
    message = "Your support session has ended."


@dataclass(frozen=True, slots=True)
class Support:
    """Staff in a tenant that is not theirs: until when (this process's clock), and what is shown
    of it on every page."""

    session_id: uuid.UUID
    until: float
    ends_at: datetime
    tenant_name: str
    reason: str
    may_change: bool

    def require(self) -> None:
        """Raise SupportSessionOver once the time is up, also in the middle of a request."""
        if time.monotonic() >= self.until:
            raise SupportSessionOver
