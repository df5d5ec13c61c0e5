"""Ending with one's parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

# prctl(2); the number is the same on every architecture.
PR_SET_PDEATHSIG = 1


def die_with(parent_pid: int) -> None:
    """Be killed when ``parent_pid`` ends, however it ends (on Linux; elsewhere nothing happens).

    A pool child whose worker was killed would otherwise go on, unseen by any supervisor.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before the line above
        os._exit(1)
