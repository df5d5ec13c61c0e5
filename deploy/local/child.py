"""How one process of the supervisor fares: started, ready, ended, resting before the next try."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import IO

from deploy.local import lineage
from deploy.local.process import Process

FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 15.0
# Having run this long, a process starts afresh with the shortest rest when it ends.
STEADY_SECONDS = 30.0


class State(Enum):
    """Where a child is in its life."""

    WAITING = auto()  # for the processes it comes after
    STARTING = auto()
    READY = auto()
    DONE = auto()  # ran once, with success
    RESTING = auto()  # ended unexpectedly, starts again at ``rest_until``


@dataclass
class Child:
    """One process of the supervisor's, with its present state."""

    process: Process
    state: State = State.WAITING
    failures: int = 0
    exit_code: int = 0
    rest_until: float = 0.0
    _popen: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _probe_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._popen.pid if self._popen else None

    @property
    def satisfies(self) -> bool:
        """Whether what comes after this process may start."""
        return self.state in (State.READY, State.DONE)

    def advance(self, ready: Set[str]) -> bool:
        """Do what is due now; return whether the process has just ended without success."""
        if self._popen is not None:
            exit_code = self._popen.poll()
            if exit_code is not None:
                return self._ended(exit_code)
            if self.state is State.STARTING and self._is_ready(self._popen.pid):
                self.state = State.READY
        elif self.state is State.WAITING and self.process.after <= ready:
            self._start()
        elif self.state is State.RESTING and time.monotonic() >= self.rest_until:
            self._start()
        return False

    def send(self, number: signal.Signals) -> None:
        """Signal the process if it runs."""
        if self._popen is not None:
            self._popen.send_signal(number)

    def is_gone(self) -> bool:
        """Return whether it does not run (any more), having cleared what it left in its group."""
        if self._popen is not None and self._popen.poll() is not None:
            self._clear_group(self._popen.pid)
            self._popen = None
        return self._popen is None

    def kill(self) -> None:
        """End the process and its whole group at once."""
        if self._popen is not None:
            self._clear_group(self._popen.pid)

    def _start(self) -> None:
        process, parent = self.process, os.getpid()

        def prepare() -> None:
            if process.in_child:
                process.in_child()
            lineage.die_with_parent(parent, process.stop_signal)

        with _open_private(process.log) as log, _open_private(process.output or process.log) as out:
            if process.output:
                out.truncate(0)
            self._popen = subprocess.Popen(  # noqa: S603 - the launcher's own command lines
                process.argv,
                env=dict(process.environment),
                cwd=process.directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
                preexec_fn=prepare,  # safe: there is a single thread
            )
        self._started_at = time.monotonic()
        self.state = State.STARTING

    def _is_ready(self, pid: int) -> bool:
        if self.process.once:
            return False  # ready only by ending with success
        if self.process.is_ready is None:
            return True
        if time.monotonic() < self._probe_at:
            return False
        self._probe_at = time.monotonic() + self.process.probe_seconds
        return self.process.is_ready(pid)

    def _ended(self, exit_code: int) -> bool:
        self.is_gone()
        self.exit_code = exit_code
        if self.process.once and exit_code == 0:
            self.state = State.DONE
            if self.process.on_success:
                self.process.on_success()
            return False
        steady = time.monotonic() - self._started_at >= STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        rest = min(FIRST_REST_SECONDS * 2 ** (self.failures - 1), LONGEST_REST_SECONDS)
        self.rest_until = time.monotonic() + rest
        self.state = State.RESTING
        return True

    @staticmethod
    def _clear_group(group: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _open_private(path: Path) -> IO[bytes]:
    """Open for appending; a file made here is readable by its owner only."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")  # noqa: PTH123 - of a descriptor
