"""Blows to the product's processes, drawn by lot: kills, and pauses that outlast a lease."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from bench.chaos.family import PoolChild, pool_of
from bench.chaos.part import Part, wait_until
from bench.chaos.stage import Stage
from deploy.local.lineage import children_by_parent

PATIENCE_SECONDS = 10.0


class Strikes:
    """Strikes one target after the other; each kind comes before any comes twice.

    ``pause_seconds``: how long a paused process sleeps. Nobody strikes it meanwhile, so that it
    wakes up as a zombie, which it must find out itself. ``is_asked``: whether a request is under
    way, which is when the web process is struck.
    """

    def __init__(
        self,
        stage: Stage,
        dice: random.Random,
        *,
        pause_seconds: float,
        is_asked: Callable[[], bool],
    ) -> None:
        self.pauses = 0
        self._stage = stage
        self._dice = dice
        self._pause_seconds = pause_seconds
        self._is_asked = is_asked
        self._asleep: dict[str, threading.Timer] = {}
        self._deck = self._kinds()

    def strike(self) -> str:
        """Strike once; return what was done to whom."""
        return next(self._deck)()

    def end(self) -> None:
        """Wait until nobody sleeps any more."""
        for timer in tuple(self._asleep.values()):
            timer.join()

    def _kinds(self) -> Iterator[Callable[[], str]]:
        kinds = [self._engine, self._child, self._worker, self._relay, self._web, self._pause]
        while True:
            yield from self._dice.sample(kinds, len(kinds))

    def _engine(self) -> str:
        name, child = self._busy_child()
        return _hit(child.engine, f"engine of {name}")

    def _child(self) -> str:
        name, child = self._busy_child()
        return _hit(child.pid, f"pool child of {name}")

    def _worker(self) -> str:
        name, _ = self._busy_child()
        return self._part(name, group=self._dice.random() < 0.5)

    def _relay(self) -> str:
        return self._part(self._dice.choice(self._names("relay")))

    def _web(self) -> str:
        web = self._stage.parts["web"]
        wait_until(lambda: children_by_parent().get(web.pid))
        child = self._dice.choice(children_by_parent()[web.pid])
        target = self._dice.choice(("child", "parent", "group"))
        with suppress(TimeoutError):
            wait_until(self._is_asked, seconds=PATIENCE_SECONDS)
        if target == "child":
            return _hit(child, "child of web")
        return self._part("web", group=target == "group")

    def _pause(self) -> str:
        name, child = self._held_child()
        stopped = [child.pid]
        if self._dice.random() < 0.5:
            part = self._stage.parts[name]
            stopped = [part.pid, *(each.pid for each in pool_of(part.pid))]
            for pid in stopped:
                _signal(pid, signal.SIGSTOP)
        self.pauses += 1
        timer = threading.Timer(self._pause_seconds, self._wake, (name, stopped))
        self._asleep[name] = timer
        timer.start()
        what = "pool child of" if len(stopped) == 1 else "all of"
        return f"pause {what} {name} for {self._pause_seconds:g} s"

    def _wake(self, name: str, stopped: list[int]) -> None:
        for pid in stopped:
            _signal(pid, signal.SIGCONT)
        self._asleep.pop(name)

    def _part(self, name: str, *, group: bool = False) -> str:
        part = self._stage.parts[name]
        wait_until(lambda: part.strike(signal.SIGKILL, group=group))
        return f"kill {'all of ' if group else ''}{name}"

    def _names(self, role: str) -> list[str]:
        names = sorted(name for name in self._stage.parts if name.startswith(role))
        return [name for name in names if name not in self._asleep]

    def _busy_child(self) -> tuple[str, PoolChild]:
        """Wait for a child that is busy with a document, of some worker that is awake."""
        found: list[tuple[str, PoolChild]] = []

        def look() -> bool:
            names = self._names("worker")
            self._dice.shuffle(names)
            found[:] = [
                (name, child)
                for name in names
                for child in _pool(self._stage.parts[name])
                if child.engine
            ]
            return bool(found)

        wait_until(look)
        return found[0]

    def _held_child(self) -> tuple[str, PoolChild]:
        """Stop a busy child while its engine still runs: so it holds a lease, and keeps it."""
        while True:
            name, child = self._busy_child()
            _signal(child.pid, signal.SIGSTOP)
            if any(each == child for each in _pool(self._stage.parts[name])):
                return name, child
            _signal(child.pid, signal.SIGCONT)


def _pool(part: Part) -> list[PoolChild]:
    pid = part.pid
    return pool_of(pid) if pid else []


def _hit(pid: int, what: str) -> str:
    _signal(pid, signal.SIGKILL)
    return f"kill {what}"


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
