"""A service that says nothing is asked by one caller at a time; the others hear so at once.

Each question to one that hangs takes until its last try has timed out. Were everybody to ask, all
threads of the web would soon be waiting, also for those who want nothing that is stored.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from documents.storage.contract import StorageAway

# Longer than a call takes to fail, should one end without telling.
LONGEST_CALL_SECONDS = 120.0
ASKS = "countermark_asks"


class Silence:
    """What the calls of one client have met, by the client's own events."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_silent = False
        self._ask_again_at = 0.0

    def watch(self, client: Any) -> None:
        """Hear of each call of ``client``, and refuse it where another one is asking."""
        events = client.meta.events
        events.register("before-call.s3", self._before)
        events.register("after-call.s3", self._answered)
        events.register("after-call-error.s3", self._unanswered)

    def _before(self, context: dict[str, Any], **_: object) -> None:
        with self._lock:
            if not self._is_silent:
                return
            if time.monotonic() < self._ask_again_at:
                raise StorageAway
            self._ask_again_at = time.monotonic() + LONGEST_CALL_SECONDS
            context[ASKS] = True

    def _answered(self, **_: object) -> None:
        with self._lock:
            self._is_silent = False

    def _unanswered(self, context: dict[str, Any], **_: object) -> None:
        with self._lock:
            if context.get(ASKS) or not self._is_silent:
                self._ask_again_at = 0.0
            self._is_silent = True
