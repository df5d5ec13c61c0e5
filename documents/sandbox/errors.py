"""How a sandboxed run can fail beyond the engine's own errors."""

from __future__ import annotations

from documents.watermark.errors import OutOfTime, WatermarkError


class EngineTimeout(OutOfTime):
    """The run took more wall time or more processor time than its limits."""


class EngineCrashed(WatermarkError):
    """The child died without an answer. ``detail`` is for the log, never for the user."""

    code = "engine_crashed"
    retryable = True
    sentence = "Marking this document failed for a reason of ours."

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__()


class Stopped(Exception):
    """The caller asked the run to stop, and it did."""
