"""A worker tells that it lives, from a thread beside the one that feeds its children."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import structlog
from django.db import DatabaseError, connection

log = structlog.get_logger("pulse")
LONGEST_END_SECONDS = 20.0


class WorkerPulse:
    """Begins with the worker and ends with it; an outage of the database only silences it."""

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = seconds
        self._stopping = Event()
        self._thread: Thread | None = None

    def begin(self, **_: Any) -> None:
        """Start telling (a receiver of ``worker_ready``)."""
        self._stopping.clear()
        self._thread = Thread(target=self._run, name="pulse", daemon=True)
        self._thread.start()

    def end(self, **_: Any) -> None:
        """Stop, and take the row away (a receiver of ``worker_shutdown``)."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LONGEST_END_SECONDS)
            self._thread = None

    def _run(self) -> None:
        # Only now: Celery reads this file before Django has its models.
        from accounts.models import Pulse
        from accounts.services.pulses import BEAT_SECONDS, end_pulse, show_pulse

        kind = Pulse.Kind.WORKER.value
        while True:
            self._attempt(show_pulse, kind)
            if self._stopping.wait(self._seconds or BEAT_SECONDS):
                break
        self._attempt(end_pulse, kind)

    def _attempt(self, tell: Callable[..., object], kind: str) -> None:
        try:
            tell(kind=kind)
        except DatabaseError as error:
            log.warning("pulse_not_told", error=str(error).strip())
        finally:
            # None is held between two beats, and none is there for a child to be forked with.
            connection.close()
