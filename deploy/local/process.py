"""What the supervisor is told about a process before it runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Process:
    """One command to keep running, or with ``once`` to run until it has succeeded.

    It starts when all of ``after`` are ready, and is stopped before any of them. ``is_ready`` is
    given the process id and asked every ``probe_seconds`` at most; without it, a process is ready
    as soon as it runs. ``in_child`` runs between fork and exec. Output is appended to ``log``;
    ``output`` gets standard output alone.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    output: Path | None = None
    after: frozenset[str] = frozenset()
    is_ready: Callable[[int], bool] | None = None
    probe_seconds: float = 0.0
    once: bool = False
    on_success: Callable[[], None] | None = None
    in_child: Callable[[], None] | None = None
    directory: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    hurry_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0
