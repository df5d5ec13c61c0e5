"""A record of what runs, so that what a killed launcher left behind is found and ended."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from deploy.local import lineage

PATIENCE_SECONDS = 10.0


class Entry(TypedDict):
    """A process that was started: its number, and what tells it from a later bearer of it."""

    name: str
    pid: int
    birth_mark: str
    stop_signal: int


class Record:
    """The processes of one data directory, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, running: Iterable[tuple[str, int, signal.Signals]]) -> None:
        """Replace the record by ``(name, pid, stop signal)`` of what runs now."""
        entries = [
            Entry(name=name, pid=pid, birth_mark=mark, stop_signal=int(stop_signal))
            for name, pid, stop_signal in running
            if (mark := lineage.birth_mark(pid))
        ]
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(entries), encoding="utf-8")
        fresh.replace(self._path)

    def stop_leftovers(self, patience_seconds: float = PATIENCE_SECONDS) -> list[str]:
        """End whatever is recorded and still runs, with its group; return the names found."""
        found = [entry for entry in self._read() if _still_runs(entry)]
        for entry in found:
            _signal(entry["pid"], entry["stop_signal"])
        give_up_at = time.monotonic() + patience_seconds
        while any(map(_still_runs, found)) and time.monotonic() < give_up_at:
            time.sleep(0.05)
        for entry in found:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(entry["pid"], signal.SIGKILL)
        self._path.unlink(missing_ok=True)
        return [entry["name"] for entry in found]

    def _read(self) -> list[Entry]:
        try:
            entries: list[Entry] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # none, or torn by the same death
            return []
        return entries


def _still_runs(entry: Entry) -> bool:
    return lineage.birth_mark(entry["pid"]) == entry["birth_mark"]


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
