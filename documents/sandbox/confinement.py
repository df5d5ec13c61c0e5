"""Giving up rights, from within the child and before anything parses a document.

Here is the place for a system call filter and a file system ruleset too.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from .limits import SandboxLimits

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38


def confine(limits: SandboxLimits, parent: int) -> None:
    """Limit this process for good. ``parent`` is the process that it must not outlive."""
    if sys.platform == "linux":
        _call_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _call_prctl(PR_SET_NO_NEW_PRIVS, 1)
    if os.getppid() != parent:  # it died before the kernel was told
        os._exit(1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    # The first limit sends SIGXCPU, which ends the process; the second one cannot be caught.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))


def _limit(kind: int, amount: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        amount = min(amount, hard)
    resource.setrlimit(kind, (amount, amount))


def _call_prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
