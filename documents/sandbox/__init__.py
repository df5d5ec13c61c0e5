"""Running the engine where a hostile document can do no harm: in a limited child process."""

from __future__ import annotations

from .errors import EngineCrashed, EngineTimeout, Stopped
from .limits import SandboxLimits
from .run import EngineOutcome, run_engine

__all__ = [
    "EngineCrashed",
    "EngineOutcome",
    "EngineTimeout",
    "SandboxLimits",
    "Stopped",
    "run_engine",
]
