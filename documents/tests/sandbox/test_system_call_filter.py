"""The filter's program on both machines, run here by hand: only one of them is at hand."""

from __future__ import annotations

import errno
import os

import pytest

from documents.sandbox.system_call_filter import (
    ALLOW,
    ARGUMENTS,
    FAIL,
    JUMP_IF_ANY_SET,
    JUMP_IF_AT_LEAST,
    JUMP_IF_EQUAL,
    KILL_PROCESS,
    LOAD,
    MACHINE,
    MACHINES,
    NUMBER,
    RETURN,
    program,
)
from documents.sandbox.system_calls import ALLOWED, EXAMINED, FATAL, REFUSED

PID, OTHER_PID = 4711, 1
LONGEST_PROGRAM = 4096  # BPF_MAXINSNS
NOT_A_CALL = 1_000_000


def verdict(machine: str, number: int, arguments: dict[int, int], *, arch: int = 0) -> int:
    """What the kernel does with a call."""
    data = {MACHINE: arch or MACHINES[machine][1], NUMBER: number}
    for position in range(6):
        value = arguments.get(position, 0)
        data[ARGUMENTS + 8 * position] = value & 0xFFFFFFFF
        data[ARGUMENTS + 8 * position + 4] = value >> 32
    steps = program(machine, PID)
    held, at = 0, 0
    while True:
        operation, if_true, if_not, operand = steps[at]
        at += 1
        if operation == RETURN:
            return operand
        if operation == LOAD:
            held = data[operand]
            continue
        outcomes = {
            JUMP_IF_EQUAL: held == operand,
            JUMP_IF_AT_LEAST: held >= operand,
            JUMP_IF_ANY_SET: bool(held & operand),
        }
        at += if_true if outcomes[operation] else if_not


def called(machine: str, name: str, **arguments: int) -> int:
    every = ALLOWED | REFUSED | FATAL | EXAMINED
    number = every[name][MACHINES[machine][0]]
    assert number is not None
    numbered = {int(key.removeprefix("a")): value for key, value in arguments.items()}
    return verdict(machine, number, numbered)


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


def test_each_group_has_its_verdict(machine):
    column = MACHINES[machine][0]
    groups = ((ALLOWED, ALLOW), (REFUSED, FAIL | errno.EPERM), (FATAL, KILL_PROCESS))
    for calls, expected in groups:
        for name, numbers in calls.items():
            if numbers[column] is not None:
                assert verdict(machine, numbers[column], {}) == expected, name


def test_no_call_stands_in_two_groups(machine):
    column = MACHINES[machine][0]
    groups = (ALLOWED, REFUSED, FATAL, EXAMINED)
    numbers = [each[column] for calls in groups for each in calls.values()]
    known = [number for number in numbers if number is not None]
    assert len(known) == len(set(known)) > 100
    assert len(program(machine, PID)) < LONGEST_PROGRAM


def test_what_is_unknown_is_not_there(machine):
    assert verdict(machine, NOT_A_CALL, {}) == FAIL | errno.ENOSYS
    assert verdict(machine, 435, {}) == FAIL | errno.ENOSYS  # clone3: threads by the older call


def test_calls_in_another_machine_s_numbers_end_the_process(machine):
    assert verdict(machine, 0, {}, arch=0x40000003) == KILL_PROCESS  # i386
    if machine == "x86_64":
        assert verdict(machine, 0x40000000 | 59, {}) == KILL_PROCESS  # x32


READ_ONLY = FAIL | errno.EACCES
EPERM = FAIL | errno.EPERM
CASES = [
    ("openat", {"a2": os.O_RDONLY | os.O_CLOEXEC}, ALLOW),
    ("openat", {"a2": 0o10000000}, ALLOW),  # O_PATH
    *(
        ("openat", {"a2": flag}, READ_ONLY)
        for flag in (os.O_WRONLY, os.O_RDWR, 0o100, 0o1000, 0o2000, 0o20000000)
    ),
    ("fcntl", {"a1": 1030}, ALLOW),
    ("fcntl", {"a1": 8}, EPERM),  # F_SETOWN
    ("ioctl", {"a1": 0x5451}, ALLOW),
    ("ioctl", {"a1": 0x5412}, FAIL | errno.ENOTTY),  # TIOCSTI
    ("prctl", {"a0": 15}, ALLOW),
    ("prctl", {"a0": 4}, EPERM),  # PR_SET_DUMPABLE
    ("prlimit64", {"a1": 7, "a3": 1 << 40}, ALLOW),
    ("prlimit64", {"a0": OTHER_PID}, EPERM),
    ("prlimit64", {"a2": 8}, EPERM),
    ("prlimit64", {"a2": 1 << 32}, EPERM),
    ("kill", {"a0": PID, "a1": 6}, ALLOW),
    ("kill", {"a0": OTHER_PID}, EPERM),
    ("kill", {"a0": 0xFFFFFFFF}, EPERM),  # everybody
    ("tgkill", {"a0": PID, "a1": PID}, ALLOW),
    ("tgkill", {"a0": OTHER_PID}, EPERM),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_arguments(machine, name, arguments, expected):
    assert called(machine, name, **arguments) == expected


@pytest.mark.parametrize(("flags", "expected"), [(0, ALLOW), (1, READ_ONLY), (0o100, READ_ONLY)])
def test_the_older_way_of_opening(flags, expected):
    assert called("x86_64", "open", a1=flags) == expected
