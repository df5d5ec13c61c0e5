"""The system calls that a child may make: a list of a hundred; all others are refused.

A program of the kernel's packet filter (linux/filter.h, linux/seccomp.h), which looks at the number
of each call and at its plain arguments. It cannot follow pointers, and so knows no paths: those are
``file_rules.py``'s.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

from .system_calls import ALLOWED, EXAMINED, FATAL, REFUSED

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable

Instruction = tuple[int, int, int, int]  # operation, steps on if true, if not, operand

# machine: column of the tables in system_calls.py, AUDIT_ARCH_… (linux/audit.h)
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
X32_CALLS = 0x40000000  # a second set of numbers on x86-64

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, FAIL, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

# O_ACCMODE, O_CREAT, O_TRUNC, O_APPEND and the bit of O_TMPFILE that O_DIRECTORY lacks; the same
# on both machines, unlike what os.O_… are on others.
WRITING_FLAGS = 0o3 | 0o100 | 0o1000 | 0o2000 | 0o20000000
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC: no signals to others, no leases.
DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 4, 1030)
FIOCLEX = 0x5451
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41  # names for threads and for memory, which libc gives


def install(libc: ctypes.CDLL) -> bool:
    """Filter this process's calls from here on; False where kernel or machine know no filter.

    The process must have given up new privileges (prctl(2), PR_SET_NO_NEW_PRIVS).
    """
    machine = os.uname().machine
    if machine not in MACHINES or sys.byteorder != "little":
        return False
    code = b"".join(struct.pack("HBBI", *each) for each in program(machine, os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) == 0:
        return True
    failure = ctypes.get_errno()
    if failure == errno.EINVAL:  # CONFIG_SECCOMP_FILTER is not set
        return False
    raise OSError(failure, "the system call filter")


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter for the process ``pid``."""
    column, audit_arch = MACHINES[machine]

    def numbers(calls: dict[str, tuple[int | None, int | None]]) -> Iterable[int]:
        return (number for each in calls.values() if (number := each[column]) is not None)

    steps: list[Instruction] = [
        (LOAD, 0, 0, MACHINE),
        (JUMP_IF_EQUAL, 1, 0, audit_arch),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        steps += [(JUMP_IF_AT_LEAST, 0, 1, X32_CALLS), (RETURN, 0, 0, KILL_PROCESS)]
    for name, answer in _examinations(pid).items():
        number = EXAMINED[name][column]
        if number is not None:
            steps += _for_call(number, answer)
    for calls, verdict in ((ALLOWED, ALLOW), (REFUSED, _fail(errno.EPERM)), (FATAL, KILL_PROCESS)):
        for number in numbers(calls):
            steps += _for_call(number, [(RETURN, 0, 0, verdict)])
    # As on an older kernel: libc then tries the calls that came before (clone3, openat2, …).
    return [*steps, (RETURN, 0, 0, _fail(errno.ENOSYS))]


def _examinations(pid: int) -> dict[str, list[Instruction]]:
    """What is looked at in the arguments of a call; a process may end itself, and no other."""
    refused = _fail(errno.EPERM)
    to_itself = [*_unless(0, (pid,), refused), (RETURN, 0, 0, ALLOW)]
    read_only = _fail(errno.EACCES)
    return {
        "openat": [*_if_any_set(2, WRITING_FLAGS, read_only), (RETURN, 0, 0, ALLOW)],
        "open": [*_if_any_set(1, WRITING_FLAGS, read_only), (RETURN, 0, 0, ALLOW)],
        "fcntl": [*_unless(1, DESCRIPTOR_COMMANDS, refused), (RETURN, 0, 0, ALLOW)],
        "ioctl": [*_unless(1, (FIOCLEX,), _fail(errno.ENOTTY)), (RETURN, 0, 0, ALLOW)],
        "prctl": [*_unless(0, (PR_SET_NAME, PR_SET_VMA), refused), (RETURN, 0, 0, ALLOW)],
        # Reading one's own limits; the third argument is a pointer to new ones.
        "prlimit64": [
            *_unless(0, (0,), refused),
            *_if_any_set(2, 0xFFFFFFFF, refused),
            *_if_any_set(2, 0xFFFFFFFF, refused, upper_half=True),
            (RETURN, 0, 0, ALLOW),
        ],
        "kill": to_itself,
        "tgkill": to_itself,
    }


def _for_call(number: int, steps: list[Instruction]) -> list[Instruction]:
    """Steps that end with a verdict, for one call only."""
    return [(JUMP_IF_EQUAL, 0, len(steps), number), *steps]


def _unless(argument: int, values: tuple[int, ...], verdict: int) -> list[Instruction]:
    """The verdict unless an argument's lower half is one of these; else go on."""
    left = range(len(values), 0, -1)
    checks = [(JUMP_IF_EQUAL, count, 0, each) for count, each in zip(left, values, strict=True)]
    return [(LOAD, 0, 0, ARGUMENTS + 8 * argument), *checks, (RETURN, 0, 0, verdict)]


def _if_any_set(
    argument: int, bits: int, verdict: int, *, upper_half: bool = False
) -> list[Instruction]:
    at = ARGUMENTS + 8 * argument + 4 * upper_half
    return [(LOAD, 0, 0, at), (JUMP_IF_ANY_SET, 0, 1, bits), (RETURN, 0, 0, verdict)]


def _fail(number: int) -> int:
    return FAIL | number
