"""What one run of the engine may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

MIB, GIB = 1 << 20, 1 << 30

# Slower than any disk and processor we run on: only a document that is far out of proportion, or
# a machine in trouble, takes longer.
BYTES_PER_SECOND = 4 * MIB
GROWTH_BYTES = 64 * MIB
# 5,000 pages of text drawn at 150 dpi take four minutes and 1 GB.
DRAWING_FACTOR = 10
MOST_DRAWN_BYTES = 2 * GIB


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Limits of the child process; ``output_bytes`` also bounds every file it writes.

    ``page_seconds``: how long it may take until the first page is told, and from one to the next.
    """

    wall_seconds: float = 60.0
    page_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = GIB
    output_bytes: int = GIB
    open_files: int = 64
    max_source_bytes: int = 4 * GIB
    max_pages: int = 200_000

    @classmethod
    def for_source(
        cls,
        size_bytes: int,
        *,
        base_seconds: float = 60.0,
        max_pages: int = 200_000,
        draws_pages: bool = False,
    ) -> Self:
        """Limits for a document of this size: time and output grow with it, memory does not.

        ``draws_pages``: each page becomes a picture, which takes as long and as much space as
        there are pages, whatever their size was; no page may take longer than usual documents.
        """
        seconds = page_seconds = base_seconds + size_bytes / BYTES_PER_SECOND
        growth_bytes = GROWTH_BYTES
        if draws_pages:
            seconds, growth_bytes = seconds * DRAWING_FACTOR, MOST_DRAWN_BYTES
        return cls(
            wall_seconds=seconds,
            page_seconds=page_seconds,
            cpu_seconds=int(seconds),
            output_bytes=3 * size_bytes + growth_bytes,
            max_source_bytes=max(size_bytes, 1),
            max_pages=max_pages,
        )

    def as_dict(self) -> dict[str, float]:
        """The JSON form; its keys are the constructor's."""
        return asdict(self)
