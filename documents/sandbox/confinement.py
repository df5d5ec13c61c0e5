"""Giving up rights, from within the child and before anything parses a document.

Limits on what it may use, on every system. On Linux also a system call filter and rules for files,
each where the kernel has it; ``self_test.py`` finds out what a machine's children are kept from.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys

from . import file_rules, system_call_filter

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .limits import SandboxLimits

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
# linux/capability.h
CAPABILITY_VERSION = 0x20080522
CAP_DAC_READ_SEARCH = 1 << 2


def confine(limits: SandboxLimits, parent: int, passed: Iterable[int]) -> None:
    """Limit this process for good. ``parent`` is the process that it must not outlive.

    ``passed`` are the descriptors of the files that it is to work on.
    Raises OSError where a kernel that knows a means refuses it: better no child than a free one.
    """
    limit(limits, parent)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        file_rules.restrict(libc, passed)
        system_call_filter.install(libc)  # last: it refuses the calls above


def limit(limits: SandboxLimits, parent: int) -> None:
    """Only what every system has: limits on resources, and no way to more rights."""
    if sys.platform == "linux":
        _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _drop_capabilities()
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


def _drop_capabilities() -> None:
    """Root without what makes it root, but for reading: its interpreter may be somebody else's."""
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    kept = ctypes.create_string_buffer(24)
    _call("capget", header, kept)
    permitted = struct.unpack_from("I", kept, 4)[0] & CAP_DAC_READ_SEARCH
    _call("capset", header, struct.pack("6I", permitted, permitted, 0, 0, 0, 0))


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)
