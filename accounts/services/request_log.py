"""The request log: lines noted in memory, and written behind the answers once a second.

No request waits for its line. The first one that is noted starts a thread, which writes whatever
has come within ``WRITE_SECONDS`` in one transaction and ends; a process that ends waits for it.
What is noted is bounded, for each tenant and in sum (request_notes.py), and so is what is written
(request_writing.py), so that a flood of requests is no flood of rows.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.models import LoggedRequest
from accounts.models.logged_request import PATH_LENGTH
from accounts.services.request_notes import Line, Notes
from accounts.services.request_writing import Writer

if TYPE_CHECKING:
    from accounts.principal import Principal

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0
FORGOTTEN_AT_ONCE = 5_000

_notes = Notes()
_writer = Writer()


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
    if not lines:
        return 0
    try:
        without_room = _writer.write(lines)
    except Exception as error:
        _say_lost(len(lines), error)
        return 0
    _say_dropped(dropped + without_room)
    return len(lines) - without_room


def forget_old_requests() -> int:
    """Delete the oldest lines that are older than the log goes back; return how many."""
    cutoff = Now() - timedelta(days=settings.REQUEST_LOG_DAYS)
    oldest = LoggedRequest.objects.order_by("id").values("id")[:FORGOTTEN_AT_ONCE]
    with transaction.atomic():
        # Those that are being displaced just now need nobody else.
        due = LoggedRequest.objects.filter(id__in=oldest, at__lt=cutoff)
        ids = list(due.select_for_update(skip_locked=True).values_list("id", flat=True))
        return LoggedRequest.objects.filter(id__in=ids).delete()[0]


def _write_later() -> None:
    time.sleep(WRITE_SECONDS)
    try:
        write_noted()
    finally:
        connection.close()


def _say_dropped(count: int) -> None:
    if count:
        log.info("request_lines_dropped", count=count)


def _say_lost(count: int, error: Exception) -> None:
    log.warning("request_lines_lost", count=count, error=repr(error))
