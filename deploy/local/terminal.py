"""What the person at the terminal reads: little, unless something is wrong."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from deploy.local.child import Child

TAIL_LINES = 15


class Terminal:
    """Tells what the supervisor does (its ``Listener``) and where to find the service."""

    def __init__(self, logs: Path, stream: TextIO = sys.stdout) -> None:
        self._logs = logs
        self._stream = stream

    def starting(self, *, first_time: bool) -> None:
        """Say that there will be a short wait."""
        self._say("Starting Countermark" + (" for the first time …" if first_time else " …"))

    def running(self, *, url: str, demo_login: Iterable[str]) -> None:
        """Say where it is and how to get in."""
        lines = (f"Countermark is running at {url}", *(f"  {line}" for line in demo_login))
        self._say("", *lines, f"  API docs: {url}/docs", f"  logs: {self._logs}")
        self._say("Ctrl-C stops it; the data stays.", "")

    def restarts(self, child: Child, seconds: float) -> None:
        """Say that a process ended unexpectedly."""
        self._say(
            f"{child.process.name} {_manner(child)}; starting it again in {seconds:.1f} s. "
            f"Its log: {child.process.log}"
        )

    def gave_up(self, children: Sequence[Child]) -> None:
        """Say what does not start, with the end of its log."""
        for child in children:
            self._say(f"{child.process.name} {_manner(child)}. The end of {child.process.log}:")
            self._say(*(f"    {line}" for line in _tail(child.process.log)))

    def stopping(self) -> None:
        """Say that Ctrl-C was heard."""
        self._say("Stopping Countermark …")

    def _say(self, *lines: str) -> None:
        # The terminal may be gone already: that is one of the reasons to stop.
        with suppress(OSError):
            print(*lines, sep="\n", file=self._stream, flush=True)


class ErrorsOnly(Terminal):
    """For a supervisor behind the scenes, whose standard output belongs to its caller."""

    def __init__(self, logs: Path) -> None:
        super().__init__(logs, sys.stderr)

    def stopping(self) -> None:
        """Say nothing."""


def complain(problem: Exception) -> None:
    """Say why there is no start."""
    print(f"Countermark: {problem}", file=sys.stderr)


def _manner(child: Child) -> str:
    if child.pid is not None:
        return "did not get ready in time"
    if child.exit_code < 0:
        return f"was killed by signal {-child.exit_code}"
    return f"ended with code {child.exit_code}"


def _tail(log: Path) -> list[str]:
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return [line.rstrip() for line in deque(lines, TAIL_LINES)]
    except FileNotFoundError:
        return []
