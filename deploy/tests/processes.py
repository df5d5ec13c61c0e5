"""Looking at processes from outside, for tests that kill."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from deploy.local import lineage

# More than all stop times of a run together (10 s for ours, then 20 s for the database, whose last
# checkpoint waits for a busy disk).
PATIENCE_SECONDS = 60
Family = dict[int, str | None]


def eventually(condition: Callable[[], bool]) -> bool:
    """Return whether ``condition`` came true before patience ended."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True


def family_of(process: subprocess.Popen[str]) -> Family:
    """Return every process below, with the mark that tells it from a successor."""
    return {pid: lineage.birth_mark(pid) for pid in lineage.descendants(process.pid)}


def all_gone(family: Family) -> bool:
    """Return whether none of them lives."""
    return all(lineage.birth_mark(pid) != mark for pid, mark in family.items())


def line_with(process: subprocess.Popen[str], words: str) -> str:
    """Read the process's output up to the line that contains ``words``; empty if none does."""
    assert process.stdout
    return next((line for line in iter(process.stdout.readline, "") if words in line), "")


def plain_environment(**more: str) -> dict[str, str]:
    """Return the environment that this test process was started in, without the tests' own."""
    own = ("COUNTERMARK_", "DATABASE_", "REDIS_URL", "DJANGO_", "THROWAWAY_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**kept, **more}
