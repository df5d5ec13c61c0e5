"""The processes below a worker: its pool's children, and the engine that each may have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from deploy.local.lineage import PROC, children_by_parent
from documents.sandbox.launch import CHILD


@dataclass(frozen=True, slots=True)
class PoolChild:
    """A process that runs one job at a time; ``engine``: the document's process, 0 for none."""

    pid: int
    engine: int

    def open_files(self) -> set[str]:
        """Return the names of the files that it has open, without their directories."""
        names = set()
        with suppress(OSError):
            for link in (PROC / str(self.pid) / "fd").iterdir():
                with suppress(OSError):
                    names.add(link.readlink().name)
        return names


def pool_of(worker_pid: int) -> list[PoolChild]:
    """Return the children of a Celery parent as they are now."""
    children = children_by_parent()
    pool = [pid for pid in children.get(worker_pid, ()) if _runs_celery(pid)]
    return [PoolChild(pid, next(_engines(children.get(pid, ())), 0)) for pid in pool]


def _engines(pids: list[int] | tuple[int, ...]) -> Iterator[int]:
    return (pid for pid in pids if os.fsencode(CHILD) in _words(pid))


def _runs_celery(pid: int) -> bool:
    return b"celery" in _words(pid)


def _words(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
