"""The process a person starts and may kill; everything else lives below its one child.

Whatever kills this process, the supervisor notices (end of file on the lifeline, and the kernel's
parent-death signal) and stops in good order. Should the supervisor itself be killed, its processes
are told by the kernel and adopted here, and this process ends what is left. Should both be killed
at once, each process still gets its own stop signal from the kernel, and the record tells the
next start what to end.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress

from deploy.local import lineage
from deploy.local.leftovers import Record
from deploy.local.wakeups import STOP_SIGNALS, Wakeups

LOOK_AT_PARENT_SECONDS = 0.5
# What a killed supervisor leaves may take this long to stop.
PATIENCE_SECONDS = 10.0


def guard(
    supervise: Callable[[int], int],
    *,
    record: Record,
    stop_with_parent: bool,
    patience_seconds: float = PATIENCE_SECONDS,
) -> int:
    """Run ``supervise(lifeline)`` in a child process, outlive it, and return its exit code.

    With ``stop_with_parent``, the death of this process's parent (make) is a wish to stop.
    """
    lifeline, held_end = os.pipe()
    guardian_pid, parent_pid = os.getpid(), os.getppid()
    lineage.adopt_orphans()
    with Wakeups() as wakeups:
        supervisor_pid = os.fork()
        if supervisor_pid == 0:
            os.close(held_end)
            _become_supervisor(supervise, lifeline, guardian_pid)
        os.close(lifeline)
        passed_on = False
        while (exit_code := _exit_code(supervisor_pid)) is None:
            if stop_with_parent and os.getppid() != parent_pid:
                wakeups.stop = True
            if (wakeups.stop and not passed_on) or wakeups.hurry:
                os.kill(supervisor_pid, signal.SIGTERM)
                passed_on, wakeups.hurry = True, False
            wakeups.wait(LOOK_AT_PARENT_SECONDS)
    if exit_code < 0:  # killed: it could not clear up after itself
        lineage.end_descendants(patience_seconds)
        record.stop_leftovers(patience_seconds)
    os.close(held_end)
    return 0 if wakeups.stop else abs(exit_code)


def _become_supervisor(supervise: Callable[[int], int], lifeline: int, guardian_pid: int) -> None:
    """Never returns: this is the forked child's whole life."""
    exit_code = 1
    try:
        os.setsid()  # Ctrl-C reaches the guardian only, which passes it on
        signal.set_wakeup_fd(-1)
        for number in STOP_SIGNALS:  # until the supervisor has its own handlers
            signal.signal(number, signal.SIG_DFL)
        lineage.die_with_parent(guardian_pid, signal.SIGTERM)
        exit_code = supervise(lifeline)
    except BaseException:  # noqa: BLE001 - said, since nothing of the guardian's stack may see it
        with suppress(OSError):
            traceback.print_exc()
    finally:
        os._exit(exit_code)


def _exit_code(pid: int) -> int | None:
    """Return None while the child runs, then its exit code, negative for a signal."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None
