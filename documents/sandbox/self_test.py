"""What this machine's children are kept from, found out by trying."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .launch import Child, launched
from .limits import MIB, SandboxLimits
from .run import opened

PROBE = Path(__file__).with_name("probe.py")
LEVELS = ("none", "limits_only", "landlock_only", "seccomp_only", "full")  # each above those before
BY_LIMITS = {"memory", "limits", "output", "secrets"}
BY_SECCOMP = {"socket", "process", "memory_file", "signal", "program"}
BY_LANDLOCK = {"passwords", "environment", "folders", "project", "writing"}
LIMITS = SandboxLimits(output_bytes=MIB)
PATIENCE_SECONDS = 30
CHUNK_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Findings:
    """``level``: one of LEVELS. ``could``: what should be impossible and was not, by name.

    ``faults``: why documents cannot be marked inside, such as a parser that does not load.
    """

    level: str
    could: tuple[str, ...]
    faults: tuple[str, ...]

    def reaches(self, level: str) -> bool:
        """Whether children are kept from at least as much as on that level, and can work."""
        return not self.faults and LEVELS.index(self.level) >= LEVELS.index(level)


def examine(limits: SandboxLimits = LIMITS) -> Findings:
    """Start a child that tries everything."""
    with TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.touch()
        with (
            opened(source, Path(folder, "target")) as files,
            launched(files, {"limits": limits.as_dict()}, program=PROBE) as child,
        ):
            told = list(_told(child))
            ending = child.ending(time.monotonic() + PATIENCE_SECONDS)
            words = child.words.read().decode("utf-8", "replace").strip()
    tried = {each["tried"]: bool(each["done"]) for each in told if "tried" in each}
    if tried:  # it was ended for trying the last, or has become another program
        tried.setdefault("program", not ending or ending.status != -signal.SIGSYS)
    faults = [f"{each['parser']}: {each['fault']}" for each in told if each.get("fault")]
    if not tried:
        faults.append(f"the child did not start: {words or ending}")
    return Findings(_level(tried), tuple(name for name in tried if tried[name]), tuple(faults))


def _told(child: Child) -> Iterator[dict[str, Any]]:
    """Its messages, until it has closed the pipe or ``PATIENCE_SECONDS`` are over."""
    deadline, data = time.monotonic() + PATIENCE_SECONDS, b""
    while select.select([child.answers], [], [], max(deadline - time.monotonic(), 0))[0]:
        more = os.read(child.answers.fileno(), CHUNK_BYTES)
        if not more:
            break
        data += more
    for line in data.splitlines():
        yield json.loads(line)


def _level(tried: Mapping[str, bool]) -> str:
    """What was not even tried counts as possible."""

    def kept_from(names: set[str]) -> bool:
        return not any(tried.get(name, True) for name in names)

    if not kept_from(BY_LIMITS):
        return "none"
    levels = {
        (False, False): "limits_only",
        (False, True): "landlock_only",
        (True, False): "seccomp_only",
        (True, True): "full",
    }
    return levels[kept_from(BY_SECCOMP), kept_from(BY_LANDLOCK)]
