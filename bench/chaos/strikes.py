"""Blows to the product's processes, drawn by lot: kills, and pauses that outlast a lease.

Who is paused sleeps until somebody else works at its job, and wakes up as a zombie: it has to find
out itself that the job is no longer its own.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import UUID

from django.db import connection
from django.db.models import Q

from bench.chaos.family import PoolChild, pool_of
from bench.chaos.part import Part, wait_until
from bench.chaos.stage import Stage
from deploy.local.lineage import children_by_parent
from documents.models import Job

PATIENCE_SECONDS = 10.0


class Strikes:
    """Strikes one target after the other; each kind comes before any comes twice.

    ``is_asked``: whether a request is under way, which is when the web process is struck. Who
    sleeps is struck by nobody.
    """

    def __init__(
        self,
        stage: Stage,
        dice: random.Random,
        *,
        is_asked: Callable[[], bool],
    ) -> None:
        self.pauses = 0
        self._stage = stage
        self._dice = dice
        self._is_asked = is_asked
        self._asleep: dict[str, threading.Thread] = {}
        self._deck = self._kinds()

    def strike(self) -> str:
        """Strike once; return what was done to whom."""
        return next(self._deck)()

    def end(self) -> None:
        """Wait until nobody sleeps any more."""
        for thread in tuple(self._asleep.values()):
            thread.join()

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
        jobs = dict(Job.objects.filter(_has_open(child)).values_list("pk", "attempt"))
        stopped = [child.pid]
        if self._dice.random() < 0.5:
            part = self._stage.parts[name]
            stopped = [part.pid, *(each.pid for each in pool_of(part.pid))]
            for pid in stopped:
                _signal(pid, signal.SIGSTOP)
        self.pauses += 1
        thread = threading.Thread(target=self._wake, args=(name, stopped, jobs))
        self._asleep[name] = thread
        thread.start()
        return f"pause {'pool child' if len(stopped) == 1 else 'all'} of {name}"

    def _wake(self, name: str, stopped: list[int], jobs: dict[UUID, int]) -> None:
        with suppress(TimeoutError):
            wait_until(lambda: any(_is_elsewhere(*job) for job in jobs.items()), seconds=120)
        for pid in stopped:
            _signal(pid, signal.SIGCONT)
        self._asleep.pop(name)
        connection.close()

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


def _has_open(child: PoolChild) -> Q:
    ids = [name for name in child.open_files() if _is_uuid(name)]
    return Q(document__blob_id__in=ids, state=Job.State.RUNNING)


def _is_uuid(name: str) -> bool:
    with suppress(ValueError):
        return str(UUID(name)) == name
    return False


def _is_elsewhere(job_id: UUID, attempt: int) -> bool:
    """Whether somebody else works at a job, or it has ended."""
    job = Job.objects.get(pk=job_id)
    return job.is_ended or (job.state == Job.State.RUNNING and job.attempt > attempt)


def _pool(part: Part) -> list[PoolChild]:
    pid = part.pid
    return pool_of(pid) if pid else []


def _hit(pid: int, what: str) -> str:
    _signal(pid, signal.SIGKILL)
    return f"kill {what}"


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
