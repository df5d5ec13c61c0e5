"""What a worker's children are kept from, looked at before it takes work."""

from __future__ import annotations

import structlog
from django.conf import settings

from documents.sandbox.self_test import Findings, examine

log = structlog.get_logger(__name__)


class SandboxTooWeak(SystemExit):
    """Documents would be opened with less protection than ``SANDBOX_LEVEL`` asks for."""


def ensure_sandbox_level() -> Findings:
    """Log the level that this machine reaches. Raises SandboxTooWeak below the one asked for."""
    found = examine()
    is_enough = found.reaches(settings.SANDBOX_LEVEL)
    tell = log.info if found.level == "full" and is_enough else log.warning
    tell(
        "sandbox_examined",
        level=found.level,
        required=settings.SANDBOX_LEVEL,
        could=found.could,
        faults=found.faults,
    )
    if not is_enough:
        raise SandboxTooWeak(what_is_wrong(found))
    return found


def what_is_wrong(found: Findings) -> str:
    """One sentence for operators; empty when nothing is."""
    if found.faults:
        return f"Documents cannot be marked in the sandbox: {'; '.join(found.faults)}."
    if not found.reaches(settings.SANDBOX_LEVEL):
        return (
            f"The sandbox reaches the level {found.level}, COUNTERMARK_SANDBOX_LEVEL asks for"
            f" {settings.SANDBOX_LEVEL}."
        )
    return ""
