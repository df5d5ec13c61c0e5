"""Requests side by side over kept connections, and the processor time that servers spend."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import lineage

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What came of so many requests: statuses, and the milliseconds of each."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)

    def only(self, status: int) -> None:
        """End the program unless every answer was ``status``: other figures mean nothing."""
        if set(self.statuses) != {status}:
            raise SystemExit(f"answers were {self.statuses}, not {status}")


async def send(
    port: int, requests: Callable[[int], bytes], *, count: int, connections: int
) -> Load:
    """Send ``requests(0)`` … ``requests(count - 1)``, each once, over so many connections."""
    load, numbers = Load(), iter(range(count))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_speak(port, requests, numbers, load))
    load.seconds = time.perf_counter() - began
    return load


async def _speak(
    port: int, requests: Callable[[int], bytes], numbers: Iterable[int], load: Load
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        began = time.perf_counter()
        writer.write(requests(number))
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(line for line in lines if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        load.milliseconds.append((time.perf_counter() - began) * 1000)
        status = int(head.split(b" ", 2)[1])
        load.statuses[status] = load.statuses.get(status, 0) + 1
    writer.close()


def processor_seconds(pids: Iterable[int]) -> float:
    """Return what these processes and all below them have used, the ended ones included (Linux)."""
    family = {*pids}
    for pid in tuple(family):
        family.update(lineage.descendants(pid))
    return sum(_ticks(pid) for pid in family) / TICKS


def _ticks(pid: int) -> int:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    # After the name in brackets: utime, stime, and those of the children that were waited for.
    return sum(int(word) for word in text.rpartition(")")[2].split()[11:15])
