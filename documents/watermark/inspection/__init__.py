"""Looking at a document without changing it."""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from ..outcome import File, Inspection, Limits


def inspection_of(source: File, password: str | None, limits: Limits) -> Inspection:
    """See ``inspect``."""
    from .inspecting import inspected

    return inspected(source, password, limits)
