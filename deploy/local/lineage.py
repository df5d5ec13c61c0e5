"""Who dies with whom: help from the kernel on Linux, from the process table elsewhere."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

LINUX = sys.platform.startswith("linux")
PROC = Path("/proc")

# prctl(2)
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent_pid: int, stop_signal: signal.Signals) -> None:
    """Ask the kernel to send ``stop_signal`` to this process once its parent has died.

    To be called in the child, after any change of user (which clears the wish, prctl(2)).
    The parent must have forked from its main thread: the kernel watches that thread.
    """
    if LINUX:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before we could ask
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies (Linux only)."""
    if LINUX:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_adopted(known: set[int]) -> None:
    """Collect the ended children that are not in ``known``, so that none stays a zombie."""
    while LINUX:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in known:
            return
        os.waitpid(ended.si_pid, 0)


def descendants(of: int | None = None) -> list[int]:
    """Return the living processes below ``of`` (this one), nearest first; only on Linux."""
    children = children_by_parent()
    found = list(children.get(of or os.getpid(), ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def children_by_parent() -> dict[int, list[int]]:
    """Return every living process under its parent; only on Linux."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*") if LINUX else ():
        fields = _stat_fields(int(entry.name))
        if fields and fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    return children


def end_descendants(patience_seconds: float) -> None:
    """End every process below this one: politely, and after ``patience_seconds`` for good."""
    for pid in descendants():
        _kill(pid, signal.SIGTERM)
    insist_at = time.monotonic() + patience_seconds
    while left := descendants():
        if time.monotonic() >= insist_at:
            for pid in left:
                _kill(pid, signal.SIGKILL)
        reap_adopted(set())
        time.sleep(0.02)
    reap_adopted(set())


def birth_mark(pid: int) -> str | None:
    """Return what tells this process from a later one with the same number; None once it ended."""
    if not LINUX:
        command = ("ps", "-o", "lstart=", "-p", str(pid))
        table = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - constant
        return table.stdout.strip() or None
    fields = _stat_fields(pid)
    if not fields or fields[0] == "Z":
        return None
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {fields[19]}"


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _stat_fields(pid: int) -> list[str]:
    """Return proc_pid_stat(5) from the third field on: state, parent, …; empty if gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
