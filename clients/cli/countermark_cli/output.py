"""What is printed: results to standard output, progress to a terminal's standard error."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

WIDTH = 24
PAUSE_SECONDS = 0.1


class Output:
    """Sentences for people, or a JSON object a line with ``--json``; several threads may write."""

    def __init__(self, *, as_json: bool, quiet: bool = False) -> None:
        self._as_json = as_json
        self._draws = sys.stderr.isatty() and not quiet and not as_json
        self._lock = threading.Lock()
        self._drawn_at = 0.0
        self._is_drawn = False

    def result(self, sentence: str, **facts: Any) -> None:
        """Tell what came of it."""
        with self._lock:
            self._wipe()
            print(json.dumps(facts, default=str) if self._as_json else sentence, flush=True)

    def complaint(self, sentence: str, **facts: Any) -> None:
        """Tell what did not work."""
        with self._lock:
            self._wipe()
            if self._as_json:
                print(json.dumps(facts, default=str), flush=True)
            else:
                print(sentence, file=sys.stderr, flush=True)

    def progress(self, what: str, done: int, whole: int) -> None:
        """Draw a bar, a few times a second."""
        now = time.monotonic()
        if not self._draws or (now - self._drawn_at < PAUSE_SECONDS and done < whole):
            return
        with self._lock:
            self._drawn_at, self._is_drawn = now, True
            share = min(done / whole, 1) if whole else 0
            full = round(share * WIDTH)
            bar = "█" * full + "░" * (WIDTH - full)
            print(f"\r\x1b[K{bar} {share:4.0%} {what}", end="", file=sys.stderr, flush=True)

    def _wipe(self) -> None:
        if self._is_drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._is_drawn = False
