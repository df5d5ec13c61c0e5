"""What a process has noted for the request log and not written yet: bounded, and in memory."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

# In each second and process: of one tenant those that went well, and as many that did not; of all
# tenants together.
LINES_OF_TENANT, LINES = 20, 2_000
RATE_LIMITED = 429

Who = tuple[UUID, UUID | None, UUID | None]


@dataclass(slots=True)
class Line:
    """What is known of a request once it is answered; ``noted_at`` is of the monotonic clock.

    ``times`` counts what else was refused for its rate, of the same key or person.
    """

    tenant_id: UUID
    noted_at: float
    request_id: str
    method: str
    path: str
    status: int
    milliseconds: int
    api_key_id: UUID | None
    user_id: UUID | None
    times: int = 1

    @property
    def is_well(self) -> bool:
        """Return whether the request was not refused and did not fail."""
        return self.status < 400

    @property
    def who(self) -> Who:
        """Return whose rate counts."""
        return self.tenant_id, self.api_key_id, self.user_id


@dataclass
class Notes:
    """Lines that wait for being written."""

    lines: list[Line] = field(default_factory=list)
    taken: Counter[tuple[UUID, bool]] = field(default_factory=Counter)
    limited: dict[Who, Line] = field(default_factory=dict)
    dropped: int = 0
    is_awaited: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, line: Line) -> bool:
        """Note a line if there is room; return whether somebody has to see that it is written."""
        with self.lock:
            if line.status == RATE_LIMITED and (first := self.limited.get(line.who)):
                first.times += 1
                return False
            return self._has_room(line) and self._keep(line)

    def _has_room(self, line: Line) -> bool:
        kind = (line.tenant_id, line.is_well)
        if self.taken[kind] >= LINES_OF_TENANT or len(self.lines) >= LINES:
            self.dropped += 1
            return False
        self.taken[kind] += 1
        return True

    def _keep(self, line: Line) -> bool:
        self.lines.append(line)
        if line.status == RATE_LIMITED:
            self.limited[line.who] = line
        is_first, self.is_awaited = not self.is_awaited, True
        return is_first

    def take(self) -> tuple[list[Line], int]:
        """Return what is noted, and how much was not; begin anew."""
        with self.lock:
            lines, dropped = self.lines, self.dropped
            self.lines, self.dropped, self.is_awaited = [], 0, False
            self.taken.clear()
            self.limited.clear()
            return lines, dropped
