"""The request log: lines noted in memory, and written behind the answers once a second.

No request waits for its line. The first one that is noted starts a thread, which writes whatever
has come within ``WRITE_SECONDS`` in one statement and ends; a process that ends waits for it. What
is noted is bounded, for each tenant and in sum, so that a flood of requests is no flood of rows.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from accounts.models import LoggedRequest
from accounts.models.logged_request import PATH_LENGTH
from config.database.reach import all_tenants

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.principal import Principal

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0
# In each ``WRITE_SECONDS`` and process: of one tenant those that went well, and as many that did
# not; of all tenants together.
LINES_OF_TENANT, LINES = 20, 2_000
FORGOTTEN_AT_ONCE = 5_000

# Tenants that have gone meanwhile take their lines with them.
_WRITE = """
    INSERT INTO accounts_loggedrequest
        (tenant_id, at, request_id, method, path, status, milliseconds, api_key_id, user_id)
    SELECT tenant_id, statement_timestamp() - make_interval(secs => age),
        request_id, method, path, status, milliseconds, api_key_id, user_id
    FROM unnest(
        %s::uuid[], %s::float8[], %s::text[], %s::text[], %s::text[], %s::int[], %s::int[],
        %s::uuid[], %s::uuid[]
    ) AS line (
        tenant_id, age, request_id, method, path, status, milliseconds, api_key_id, user_id
    )
    WHERE EXISTS (SELECT FROM accounts_tenant WHERE id = line.tenant_id)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a request once it is answered; ``noted_at`` is of the monotonic clock."""

    tenant_id: UUID
    noted_at: float
    request_id: str
    method: str
    path: str
    status: int
    milliseconds: int
    api_key_id: UUID | None
    user_id: UUID | None


@dataclass
class _Notes:
    """What this process has noted and not written yet."""

    lines: list[Line] = field(default_factory=list)
    taken: Counter[tuple[UUID, bool]] = field(default_factory=Counter)
    dropped: int = 0
    is_awaited: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, line: Line) -> bool:
        """Note a line if there is room; return whether somebody has to see that it is written."""
        kind = (line.tenant_id, line.status < 400)
        with self.lock:
            if self.taken[kind] >= LINES_OF_TENANT or len(self.lines) >= LINES:
                self.dropped += 1
                return False
            self.taken[kind] += 1
            self.lines.append(line)
            is_first, self.is_awaited = not self.is_awaited, True
            return is_first

    def take(self) -> tuple[list[Line], int]:
        """Return what is noted, and how much was not; begin anew."""
        with self.lock:
            lines, dropped = self.lines, self.dropped
            self.lines, self.dropped, self.is_awaited = [], 0, False
            self.taken.clear()
            return lines, dropped


_notes = _Notes()


def note_request(
    *, principal: Principal, method: str, path: str, status: int, seconds: float, request_id: str
) -> None:
    """Note an answered request of a tenant; ``path`` without its query."""
    if not settings.REQUEST_LOG_DAYS:
        return
    line = Line(
        tenant_id=principal.tenant_id,
        noted_at=time.monotonic(),
        request_id=request_id,
        method=method[:10],
        path=path.replace("\0", "")[:PATH_LENGTH],
        status=status,
        milliseconds=round(seconds * 1000),
        api_key_id=principal.api_key_id,
        user_id=principal.user_id,
    )
    if _notes.add(line):
        try:
            # No daemon: a process that ends waits for what is noted.
            threading.Thread(target=_write_later, name="request-log").start()
        except (
            RuntimeError
        ) as error:  # no thread to be had: the answer stands, the next may get one
            lines, dropped = _notes.take()
            _say_lost(len(lines) + dropped, error)


def write_noted() -> int:
    """Write what this process has noted; return how many lines.

    What cannot be written is dropped: a log is no reason for anything else to fail.
    """
    lines, dropped = _notes.take()
    if dropped:
        log.info("request_lines_dropped", count=dropped)
    if not lines:
        return 0
    try:
        return _write(lines)
    except Exception as error:
        _say_lost(len(lines), error)
        return 0


def _write(lines: list[Line]) -> int:
    now = time.monotonic()
    columns: list[list[Any]] = [
        [line.tenant_id for line in lines],
        [now - line.noted_at for line in lines],
        *(
            [getattr(line, name) for line in lines]
            for name in ("request_id", "method", "path", "status", "milliseconds")
        ),
        [line.api_key_id for line in lines],
        [line.user_id for line in lines],
    ]
    with all_tenants(), connection.cursor() as cursor:
        cursor.execute(_WRITE, columns)
        written: int = cursor.rowcount
        return written


def forget_old_requests() -> int:
    """Delete the oldest lines that are older than the log goes back; return how many."""
    cutoff = Now() - timedelta(days=settings.REQUEST_LOG_DAYS)
    oldest = LoggedRequest.objects.order_by("id").values("id")[:FORGOTTEN_AT_ONCE]
    return LoggedRequest.objects.filter(id__in=oldest, at__lt=cutoff).delete()[0]


def _write_later() -> None:
    time.sleep(WRITE_SECONDS)
    try:
        write_noted()
    finally:
        connection.close()


def _say_lost(count: int, error: Exception) -> None:
    log.warning("request_lines_lost", count=count, error=repr(error))
