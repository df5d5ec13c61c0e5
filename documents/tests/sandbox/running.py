"""Running, and looking at processes."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

from documents.sandbox import file_rules
from documents.sandbox.limits import SandboxLimits
from documents.sandbox.run import EngineOutcome, run_engine
from documents.watermark import WatermarkSpec

ROOT = Path(__file__).parents[3]
SPEC = WatermarkSpec(watermark_text="Ünïcode\nΩ", opacity=1)
LIMITS = SandboxLimits(wall_seconds=30, cpu_seconds=30)


def knows_landlock() -> bool:
    """Whether this kernel does, by its own word; gVisor, for one, does not."""
    return sys.platform == "linux" and file_rules.version(ctypes.CDLL(None, use_errno=True)) > 0


def run(
    files, limits: SandboxLimits = LIMITS, spec: WatermarkSpec = SPEC, **callbacks
) -> EngineOutcome:
    """Mark the fixture's source into its target."""
    return run_engine(**files, spec=spec, limits=limits, **callbacks)


def children() -> set[int]:
    """Process ids of our own children."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return set(map(int, listed.split()))


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def waited_for(condition):
    """The first true answer, asked for until it comes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen")
