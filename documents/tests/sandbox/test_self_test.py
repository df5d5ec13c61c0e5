"""Finding out what children are kept from: on this machine, and on ones that can do less."""

from __future__ import annotations

import pytest

from documents.sandbox.self_test import (
    BY_LANDLOCK,
    BY_LIMITS,
    BY_SECCOMP,
    LEVELS,
    Findings,
    examine,
)
from documents.tests.sandbox.running import knows_landlock

NO_RULES = "file_rules.restrict = lambda libc, passed: False"
NO_FILTER = "system_call_filter.install = lambda libc: False"
NO_LIMITS = "confinement._limit = lambda kind, amount: None"
MORE_SECRETS = "import os; os.environ['PASSWORD'] = 'x'"
OPEN_SOCKET = "import socket; s = socket.socketpair()"
NO_PARSER = "sys.modules['pikepdf'] = None"
UNABLE = "def confine(*_): raise OSError(1, 'no')\nprobe.confine = confine"


def has_landlock_and_seccomp() -> bool:
    return examine().level == "full"


def test_this_machine():
    """At least limits hold everywhere; on a recent Linux all of it."""
    found = examine()
    assert found.faults == ()
    if knows_landlock():
        assert (found.level, found.could) == ("full", ())
    else:
        assert found.level in LEVELS[1:]


@pytest.mark.parametrize(
    ("changes", "level", "could"),
    [
        ((NO_RULES,), "seccomp_only", BY_LANDLOCK - {"writing"}),
        ((NO_FILTER,), "landlock_only", BY_SECCOMP - {"program", "signal"}),
        ((NO_RULES, NO_FILTER), "limits_only", BY_SECCOMP | BY_LANDLOCK),
        ((NO_LIMITS,), "none", {"memory", "output"}),
        ((MORE_SECRETS,), "none", {"secrets"}),
        ((OPEN_SOCKET,), "none", {"secrets"}),
    ],
)
def test_what_a_child_can_do_is_seen(machine, changes, level, could):
    if not has_landlock_and_seccomp():
        pytest.skip("this kernel has not all that is to be taken away here")
    machine(*changes)
    found = examine()
    # Root that gave its rights up cannot read it in any case; others can.
    assert found.level == level
    assert set(found.could) - {"environment"} == could - {"environment"}
    assert found.faults == ()


def test_a_parser_that_does_not_load(machine):
    machine(NO_PARSER)
    found = examine()
    assert [fault.split(":")[0] for fault in found.faults] == ["pikepdf"]
    assert not found.reaches("none")


def test_a_child_that_cannot_be_confined(machine):
    machine(UNABLE)
    found = examine()
    assert found.level == "none"
    assert "the child did not start" in found.faults[0]
    assert "[Errno 1] no" in found.faults[0]


def test_levels_are_in_order():
    assert BY_LIMITS.isdisjoint(BY_SECCOMP | BY_LANDLOCK)
    middle = Findings("seccomp_only", ("passwords",), ())
    assert [level for level in LEVELS if middle.reaches(level)] == list(LEVELS[:4])
