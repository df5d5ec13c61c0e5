"""Telling that a process lives, so that staff see which have stopped."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from accounts.models import Pulse

BEAT_SECONDS = 10.0
# Three that did not come: a process that is busy for a moment is not dead.
SILENT_AFTER = timedelta(seconds=3 * BEAT_SECONDS)
FORGOTTEN_AFTER = timedelta(days=1)

# A name that comes back after a silence is another process (a container's is always number 1).
_BEAT = """
    INSERT INTO accounts_pulse (name, kind, began_at, seen_at)
    VALUES (%(name)s, %(kind)s, statement_timestamp(), statement_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        began_at = CASE WHEN accounts_pulse.seen_at < statement_timestamp() - %(silent_after)s
            THEN statement_timestamp() ELSE accounts_pulse.began_at END,
        seen_at = statement_timestamp()
"""


def show_pulse(*, kind: str) -> None:
    """Write that this process lives, as one of ``kind`` (``Pulse.Kind``)."""
    given: dict[str, Any] = {"name": _name(kind), "kind": kind, "silent_after": SILENT_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, given)


def end_pulse(*, kind: str) -> None:
    """Take the row away: this process ends as it should."""
    Pulse.objects.filter(pk=_name(kind)).delete()


def forget_pulses() -> int:
    """Forget processes that have been silent for a day (the relay's); return how many."""
    return Pulse.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()[0]


def _name(kind: str) -> str:
    return f"{kind}@{socket.gethostname()[:150]}:{os.getpid()}"
