"""The watermark engine: one document in, the same document with a mark on every page out.

A library of its own: no framework, no settings, no clock, no network. The same input gives the
same bytes, except where encryption needs fresh random numbers.
"""

from __future__ import annotations

from .errors import BadSpec, WatermarkError
from .outcome import Inspection, Limits, Notice, Result
from .spec import SignaturePolicy, WatermarkLayer, WatermarkPosition, WatermarkSpec

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable

    from .outcome import File

__all__ = [
    "BadSpec",
    "Inspection",
    "Limits",
    "Notice",
    "Result",
    "SignaturePolicy",
    "WatermarkError",
    "WatermarkLayer",
    "WatermarkPosition",
    "WatermarkSpec",
    "apply",
    "check_text",
    "inspect",
]


def apply(
    source: File,
    target: File,
    spec: WatermarkSpec,
    *,
    password: str | None = None,
    limits: Limits | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Result:
    """Write the source with the mark on every page to the target.

    Files are paths or binary files with a descriptor; neither is held in memory. A path appears
    only when all has been written; an open target file is written from its start and holds an
    unusable part if this raises. ``on_page(page, pages)`` is called after each page.

    Raises WatermarkError (its ``code`` says which) for a document or spec that cannot be done,
    OSError where reading or writing fails.
    """
    from .rewrite import rewrite

    return rewrite(
        source, target, spec, password=password, limits=limits or Limits(), on_page=on_page
    )


def inspect(
    source: File, *, password: str | None = None, limits: Limits | None = None
) -> Inspection:
    """Tell what a document is. A missing password is an answer, not an error."""
    from .inspection import inspection_of

    return inspection_of(source, password, limits or Limits())


def check_text(text: str) -> None:
    """Raise UnsupportedText when a mark cannot say this; cheap, and needs no document."""
    from .typeset import typeset

    typeset(text)
