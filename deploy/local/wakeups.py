"""Waiting for whatever comes first: a signal, an ended child, a lost parent, or the time."""

from __future__ import annotations

import os
import select
import signal
import time
from types import FrameType
from typing import Self

# Two signals closer together than this are one wish: `timeout` and make both pass one on.
SAME_WISH_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wakeups:
    """Signal handlers for a main loop; ``stop`` and ``hurry`` are what was asked for so far.

    ``lifeline`` is a file descriptor that turns readable (end of file) when whoever holds its
    other end is gone: the portable way to notice a parent's death, whatever killed it.
    """

    def __init__(self, lifeline: int | None = None) -> None:
        self.stop = False
        self.hurry = False
        self._lifeline = lifeline
        self._first_wish_at = 0.0

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, self._on_stop)
            for number in STOP_SIGNALS
            # `nohup` ignores the hang-up on purpose.
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN)
        }
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or as soon as anything has happened."""
        watched = [self._reader]
        if self._lifeline is not None:
            watched.append(self._lifeline)
        readable, _, _ = select.select(watched, (), (), max(seconds, 0))
        if self._reader in readable:
            os.read(self._reader, 4096)
        if self._lifeline in readable:
            self._lifeline = None
            self._on_stop(0, None)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.stop:
            self.stop, self._first_wish_at = True, now
        elif now - self._first_wish_at > SAME_WISH_SECONDS:
            self.hurry = True
