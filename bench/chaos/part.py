"""One process of the stage: started, struck, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from deploy.local import lineage
from deploy.local.process import Process

PATIENCE_SECONDS = 60.0
REST_SECONDS = 0.5


def wait_until(condition: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> float:
    """Return the seconds until ``condition`` held; TimeoutError when it did not in time."""
    began_at = time.monotonic()
    while not condition():
        if time.monotonic() - began_at > seconds:
            raise TimeoutError(f"not within {seconds:g} s")
        time.sleep(0.02)
    return time.monotonic() - began_at


class Part:
    """Runs ``process``, and again ``REST_SECONDS`` after it died, until it is stopped."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.deaths = 0
        self._lock = threading.RLock()
        self._popen: subprocess.Popen[bytes] | None = None
        self._rest_until: float | None = None

    @property
    def pid(self) -> int:
        """The process id; 0 while there is none."""
        popen = self._popen
        return popen.pid if popen and popen.poll() is None else 0

    def start(self) -> None:
        """Start it and return once it is ready."""
        self._spawn()
        wait_until(self.is_ready)

    def is_ready(self) -> bool:
        """Whether it runs, and says so where it can."""
        pid, look = self.pid, self.process.is_ready
        return bool(pid) and (look is None or look(pid))

    def strike(self, number: signal.Signals = signal.SIGKILL, *, group: bool = False) -> int:
        """Signal it (or its whole group); return the pid, 0 when there was nobody to strike."""
        pid = self.pid
        with suppress(ProcessLookupError):
            if pid:
                (os.killpg if group else os.kill)(pid, number)
        return pid

    def stop(self, number: signal.Signals | None = None) -> None:
        """End it for good (until ``start``), by ``number`` or its own stop signal."""
        with self._lock:
            popen, self._popen, self._rest_until = self._popen, None, None
        if popen is None:
            return
        with suppress(ProcessLookupError):
            popen.send_signal(number or self.process.stop_signal)
        try:
            popen.wait(self.process.stop_seconds)
        except subprocess.TimeoutExpired:
            popen.kill()
        popen.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(popen.pid, signal.SIGKILL)

    def look_after(self) -> None:
        """Start it again when it has died and rested."""
        with self._lock:
            if self._popen is None or self._popen.poll() is None:
                return
            if self._rest_until is None:
                self.deaths += 1
                self._rest_until = time.monotonic() + REST_SECONDS
            elif time.monotonic() >= self._rest_until:
                self._spawn()

    def _spawn(self) -> None:
        process, parent = self.process, os.getpid()

        def prepare() -> None:
            if process.in_child:
                process.in_child()
            lineage.die_with_parent(parent, signal.SIGKILL)

        with self._lock, process.log.open("ab") as log:
            self._rest_until = None
            self._popen = subprocess.Popen(
                process.argv,
                env=dict(process.environment),
                cwd=process.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=prepare,
            )
