"""A small stand-in for the application, run by the real guardian and supervisor.

``python -m deploy.tests.household DIRECTORY KIND`` runs until told to stop. Each member writes
into ``DIRECTORY/journal`` when it starts and when it was told to stop.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.local.guardian import guard
from deploy.local.leftovers import Record
from deploy.local.process import Process
from deploy.local.supervisor import Supervisor
from deploy.local.terminal import Terminal

MEMBER = """
import os, signal, subprocess, sys, time
name, journal, *wishes = sys.argv[1:]

def note(event):
    with open(journal, "a") as lines:
        lines.write(f"{name} {event}\\n")

def stop(*_):
    note("stops")
    sys.exit(0)

signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in wishes else stop)
if "parent" in wishes:  # of a child that leaves the group and hears nothing
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True)
note("starts")
if "fails" in wishes or ("stumbles" in wishes and "stumbles" not in open(journal).read()):
    note("stumbles")
    print("cannot find my glasses")
    sys.exit(7)
open(journal + "." + name, "w").close()
while "brief" not in wishes:
    time.sleep(600)
"""
KINDS = {
    "usual": {"data": (), "prepare": ("brief",), "web": (), "worker": ("parent",)},
    "deaf": {"data": (), "web": ("deaf",)},
    "stumbling": {"data": (), "web": ("stumbles",)},
    "failing": {"data": (), "web": ("fails",)},
}


def household(directory: Path, kind: str) -> list[Process]:
    """Return ``data``, and everything else after it."""
    journal = directory / "journal"

    def member(name: str, wishes: tuple[str, ...]) -> Process:
        ready = Path(f"{journal}.{name}")
        return Process(
            name=name,
            argv=(sys.executable, "-I", "-c", MEMBER, name, str(journal), *wishes),
            environment={"PATH": os.environ["PATH"]},
            log=directory / f"{name}.log",
            after=frozenset() if name == "data" else frozenset({"data"}),
            is_ready=lambda _pid: ready.exists(),
            once="brief" in wishes,
            stop_seconds=0.3,
        )

    return [member(name, wishes) for name, wishes in KINDS[kind].items()]


def main() -> int:
    """Run the household until told to stop."""
    directory, kind = Path(sys.argv[1]), sys.argv[2]
    record = Record(directory / "processes.json")

    def supervise(lifeline: int) -> int:
        supervisor = Supervisor(
            processes=household(directory, kind),
            listener=Terminal(directory),
            record=record,
            on_ready=lambda: print("all ready", flush=True),
            lifeline=lifeline,
            escaped_seconds=0.1,
        )
        return supervisor.run()

    return guard(supervise, record=record, stop_with_parent=True, patience_seconds=0.3)


if __name__ == "__main__":
    sys.exit(main())
