"""Keeps a list of processes running, in order, and takes them down in reverse order.

One thread and one loop: every process is forked from the main thread, which is what the kernel's
parent-death signal needs (deploy/local/lineage.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from signal import Signals
from typing import Protocol

from deploy.local import lineage
from deploy.local.child import Child, State
from deploy.local.leftovers import Record
from deploy.local.process import Process
from deploy.local.wakeups import Wakeups

START_SECONDS = 120.0
# While starting up, this many failures of one process mean that it will not work.
TRIES_AT_START = 3
BUSY_PAUSE_SECONDS = 0.02
CALM_PAUSE_SECONDS = 1.0
# For processes that left their group, and outlived the one that started them.
ESCAPED_SECONDS = 1.0


class Listener(Protocol):
    """What the supervisor tells; deploy/local/terminal.py says it to a person."""

    def restarts(self, child: Child, seconds: float) -> None:
        """Tell that a process ended unexpectedly and starts again after ``seconds``."""

    def gave_up(self, children: Sequence[Child]) -> None:
        """Tell that these processes do not come up, so that all is stopped."""

    def stopping(self) -> None:
        """Tell that the stop has begun."""


@dataclass
class Supervisor:
    """Runs ``processes`` until told to stop; ``on_ready`` is called once all have come up."""

    processes: Sequence[Process]
    listener: Listener
    record: Record
    on_ready: Callable[[], None]
    lifeline: int | None = None
    start_seconds: float = START_SECONDS
    escaped_seconds: float = ESCAPED_SECONDS
    _all_came_up: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._children = [Child(process) for process in self.processes]

    def run(self) -> int:
        """Return the exit code: 0 after a wish to stop, 1 when something never came up."""
        lineage.adopt_orphans()
        with Wakeups(self.lifeline) as wakeups:
            try:
                return self._keep_running(wakeups)
            finally:
                self.listener.stopping()
                self._stop_all(wakeups)

    def _keep_running(self, wakeups: Wakeups) -> int:
        give_up_at = time.monotonic() + self.start_seconds
        while not wakeups.stop:
            hopeless = self._advance()
            if not self._all_came_up and time.monotonic() > give_up_at:
                hopeless = [child for child in self._children if child.state is State.STARTING]
            if hopeless:
                self.listener.gave_up(hopeless)
                return 1
            wakeups.wait(self._pause_seconds())
        return 0

    def _advance(self) -> list[Child]:
        """Let every child take its next step; return those that will never come up."""
        before = self._running()
        ended = [child for child in self._children if child.advance(self._satisfied())]
        lineage.reap_adopted({pid for _, pid, _ in self._running()})
        if self._running() != before:
            self.record.write(self._running())
        hopeless = [] if self._all_came_up else [child for child in ended if _is_hopeless(child)]
        for child in ended:
            if not hopeless:
                self.listener.restarts(child, child.rest_until - time.monotonic())
        if not self._all_came_up and all(child.satisfies for child in self._children):
            self._all_came_up = True
            self.on_ready()
        return hopeless

    def _satisfied(self) -> frozenset[str]:
        return frozenset(child.process.name for child in self._children if child.satisfies)

    def _running(self) -> list[tuple[str, int, Signals]]:
        return [
            (child.process.name, child.pid, child.process.stop_signal)
            for child in self._children
            if child.pid is not None
        ]

    def _pause_seconds(self) -> float:
        if any(child.state is State.STARTING for child in self._children):
            return BUSY_PAUSE_SECONDS
        now = time.monotonic()
        rests = [c.rest_until - now for c in self._children if c.state is State.RESTING]
        return min([CALM_PAUSE_SECONDS, *rests])

    def _stop_all(self, wakeups: Wakeups) -> None:
        """Stop tier by tier: first what nothing else comes after."""
        remaining = [child for child in self._children if not child.is_gone()]
        while remaining:
            needed = frozenset().union(*(child.process.after for child in remaining))
            tier = [child for child in remaining if child.process.name not in needed]
            self._stop(tier or remaining, wakeups)
            remaining = [child for child in remaining if not child.is_gone()]
        lineage.end_descendants(0 if wakeups.hurry else self.escaped_seconds)
        self.record.write(())

    def _stop(self, tier: Sequence[Child], wakeups: Wakeups) -> None:
        began_at, hurried = time.monotonic(), wakeups.hurry
        for child in tier:
            child.send(child.process.hurry_signal if hurried else child.process.stop_signal)
        while left := [child for child in tier if not child.is_gone()]:
            if wakeups.hurry and not hurried:
                hurried = True
                for child in left:
                    child.send(child.process.hurry_signal)
            for child in left:
                if time.monotonic() - began_at > child.process.stop_seconds:
                    child.kill()
            lineage.reap_adopted({pid for _, pid, _ in self._running()})
            wakeups.wait(BUSY_PAUSE_SECONDS)


def _is_hopeless(child: Child) -> bool:
    return child.process.once or child.failures >= TRIES_AT_START
