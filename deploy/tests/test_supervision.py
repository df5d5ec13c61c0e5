"""Nothing outlives the launcher, whatever kills it; and what fails is started again, or told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import lineage
from deploy.local.leftovers import Record
from deploy.local.place import ROOT
from deploy.tests.processes import PATIENCE_SECONDS, all_gone, eventually, family_of, line_with

pytestmark = pytest.mark.skipif(not lineage.LINUX, reason="reads /proc")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_household(kind: str, *, wait: bool = True) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "deploy.tests.household", str(tmp_path), kind)
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        if wait:
            assert line_with(process, "all ready")
        return process

    yield start_household
    for process in started:
        process.kill()
        process.communicate()


def journal(directory: Path) -> list[str]:
    return (directory / "journal").read_text().splitlines()


def recorded(directory: Path) -> dict[str, int]:
    entries = json.loads((directory / "processes.json").read_text())
    return {entry["name"]: entry["pid"] for entry in entries}


def test_starts_in_order_and_stops_in_reverse(start: Start, tmp_path: Path):
    guardian = start("usual")
    family = family_of(guardian)

    guardian.send_signal(signal.SIGINT)

    assert guardian.wait(PATIENCE_SECONDS) == 0
    assert len(family) == 5  # the supervisor, three members, and the worker's child
    assert all_gone(family)
    lines = journal(tmp_path)
    assert lines[0] == "data starts"
    assert lines[-1] == "data stops"
    assert sorted(lines[1:4]) == ["prepare starts", "web starts", "worker starts"]
    assert sorted(lines[4:6]) == ["web stops", "worker stops"]


def test_guardian_killed(start: Start, tmp_path: Path):
    guardian = start("usual")
    family = family_of(guardian)

    guardian.kill()

    assert eventually(lambda: all_gone(family))
    assert journal(tmp_path)[-1] == "data stops"


def test_supervisor_killed(start: Start):
    guardian = start("usual")
    family = family_of(guardian)

    os.kill(next(iter(family)), signal.SIGKILL)

    assert guardian.wait(PATIENCE_SECONDS) == signal.SIGKILL
    assert all_gone(family)


def test_guardian_and_supervisor_killed_at_once(start: Start, tmp_path: Path):
    guardian = start("deaf")
    supervisor, *_ = family_of(guardian)
    members = recorded(tmp_path)

    for pid in (guardian.pid, supervisor):
        os.kill(pid, signal.SIGKILL)
    guardian.wait()

    assert eventually(lambda: lineage.birth_mark(members["data"]) is None)  # told by the kernel
    assert lineage.birth_mark(members["web"])  # hears nothing
    found = Record(tmp_path / "processes.json").stop_leftovers(patience_seconds=0.1)
    assert found == ["web"]
    assert eventually(lambda: lineage.birth_mark(members["web"]) is None)


def test_a_number_that_now_belongs_to_another_process_is_left_alone(tmp_path: Path):
    stranger = subprocess.Popen(("sleep", "60"))
    path = tmp_path / "processes.json"
    Record(path).write([("web", stranger.pid, signal.SIGTERM)])
    path.write_text(path.read_text().replace('"birth_mark": "', '"birth_mark": "before '))

    assert Record(path).stop_leftovers() == []

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_parent_of_the_guardian_killed(tmp_path: Path):
    """As when somebody kills make."""
    command = f"{sys.executable} -m deploy.tests.household {tmp_path} usual; true"
    make = subprocess.Popen(("sh", "-c", command), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert line_with(make, "all ready")
    family = family_of(make)

    make.kill()
    make.communicate()

    assert eventually(lambda: all_gone(family))


def test_what_ends_unexpectedly_is_started_again(start: Start, tmp_path: Path):
    guardian = start("stumbling", wait=False)

    said = list(iter(guardian.stdout.readline, "all ready\n"))

    assert [line.partition(";")[0] for line in said] == ["web ended with code 7"]
    assert journal(tmp_path).count("web starts") == 2


def test_what_never_comes_up_stops_everything_and_says_why(start: Start, tmp_path: Path):
    guardian = start("failing", wait=False)

    said, _ = guardian.communicate(timeout=PATIENCE_SECONDS)

    assert guardian.returncode == 1
    assert said.count("starting it again") == 2
    assert "cannot find my glasses" in said
    assert journal(tmp_path)[-1] == "data stops"


def test_a_member_killed_while_running_is_started_again(start: Start, tmp_path: Path):
    guardian = start("usual")
    os.kill(recorded(tmp_path)["web"], signal.SIGKILL)

    assert guardian.stdout.readline().startswith("web was killed by signal 9; starting it again")
    assert eventually(lambda: journal(tmp_path).count("web starts") == 2)
