"""A thousand clients of event streams on one web process: memory, processor time, delay.

``python -m bench.event_streams``: starts its own servers, opens the streams of 20 jobs in ten
workspaces, lets each job change once a second, and prints one line for each figure.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from bench.chaos.stage import Stage
from deploy.local import lineage

STREAMS, JOBS, SECONDS = 1000, 20, 20
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    with Stage() as stage:
        web = stage.start_web(COUNTERMARK_MAX_EVENT_STREAMS=str(STREAMS))
        from accounts.tests.factories import make_api_key, make_tenant
        from documents.tests.factories import make_document, make_job

        keys = [make_api_key(make_tenant(f"Watcher {number}")) for number in range(JOBS // 2)]
        jobs = [
            (make_job(make_document(key.tenant), state="running", pages=10_000), text)
            for key, text in [*keys, *keys]
        ]
        processes = [web.pid, *lineage.descendants(web.pid)]
        print(*asyncio.run(measure(stage.port, jobs, processes)), sep="\n")


async def measure(port: int, jobs: list[tuple[object, str]], pids: list[int]) -> list[str]:
    """Open the streams, change the jobs, return the figures in words."""
    told: dict[tuple[str, int], float] = {}
    delays: list[float] = []
    before = memory(pids)
    began_at = time.monotonic()
    streams = [
        asyncio.create_task(listen(port, *jobs[number % JOBS], told, delays))
        for number in range(STREAMS)
    ]
    ready = await wait_ready(streams)
    opened = time.monotonic() - began_at
    await asyncio.sleep(2)
    idle, spent = memory(pids), processor(pids)
    await asyncio.sleep(SECONDS)
    quiet = (processor(pids) - spent) / SECONDS
    delays.clear()
    spent = processor(pids)
    await asyncio.to_thread(change, [job for job, _ in jobs], told)
    busy = (processor(pids) - spent) / SECONDS
    await asyncio.sleep(1)
    peak = memory(pids)
    for each in streams:
        each.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    sent = STREAMS * SECONDS
    return [
        f"{STREAMS} streams opened in {opened:.1f} s ({ready} ready)",
        f"memory of the web: {before >> 20} MB, with the streams {idle >> 20} MB,"
        f" after the messages {peak >> 20} MB ({(idle - before) / STREAMS / 1024:.0f} kB a stream)",
        f"processor: {quiet:.1%} of one core quiet, {busy:.1%} with {STREAMS} messages a second",
        f"delay: median {median(delays) * 1000:.1f} ms, 95th percentile"
        f" {quantiles(delays, n=20)[18] * 1000:.1f} ms; {len(delays)} of {sent} arrived",
    ]


_ready: set[int] = set()


async def wait_ready(streams: list[asyncio.Task[None]]) -> int:
    """Return how many have had their snapshot."""
    while len(_ready) < len(streams) and not any(each.done() for each in streams):
        await asyncio.sleep(0.05)
    return len(_ready)


async def listen(
    port: int, job: object, key: str, told: dict[tuple[str, int], float], delays: list[float]
) -> None:
    """Be one client."""
    while len(_opening) >= 32:
        await asyncio.sleep(0.01)
    mine = object()
    _opening.add(id(mine))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    job_id = str(job.pk)  # type: ignore[attr-defined] # a Job
    head = f"GET /api/v1/jobs/{job_id}/events/ HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
    writer.write(f"{head}\r\n".encode())
    try:
        while line := await reader.readline():
            if found := re.match(rb"id: (\d+)", line):
                if id(mine) not in _ready:
                    _ready.add(id(mine))
                    _kept.append(mine)
                    _opening.discard(id(mine))
                elif (at := told.get((job_id, int(found[1])))) is not None:
                    delays.append(time.perf_counter() - at)
    finally:
        writer.close()


_opening: set[int] = set()
_kept: list[object] = []


def change(jobs: list[object], told: dict[tuple[str, int], float]) -> None:
    """Change each job once a second, spread over the second, as workers do."""
    from documents.progress import publish

    began_at = time.monotonic()
    for step in range(SECONDS * JOBS):
        job = jobs[step % JOBS]
        job.seq += 1  # type: ignore[attr-defined] # a Job
        job.page += 1  # type: ignore[attr-defined] # a Job
        told[(str(job.pk), job.seq)] = time.perf_counter()  # type: ignore[attr-defined] # a Job
        job.save(update_fields=["seq", "page"])  # type: ignore[attr-defined] # a Job
        publish(job)  # type: ignore[arg-type] # a Job
        time.sleep(max(0.0, began_at + (step + 1) / JOBS - time.monotonic()))


def memory(pids: list[int]) -> int:
    """Return what the processes hold of their own, in bytes."""
    return sum(_figures(pid) for pid in pids)


def _figures(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(kb) for kb in re.findall(r"Private_\w+:\s+(\d+) kB", rollup))


def processor(pids: list[int]) -> float:
    """Return the seconds of processor time that they have had."""
    return sum(sum(_ticks(pid)) for pid in pids) / TICKS


def _ticks(pid: int) -> Iterator[int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    yield int(fields[11])
    yield int(fields[12])


if __name__ == "__main__":
    main()
