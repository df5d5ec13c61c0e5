"""The watermark engine: one document in, the same document with a mark on every page out.

A library of its own: no framework, no settings, no clock, no network. The same input gives the
same bytes, unless an encrypted document has to be written anew, which takes random numbers.
"""

from __future__ import annotations

from .errors import BadSpec, WatermarkError
from .outcome import Inspection, Limits, Notice, Result
from .spec import (
    SignaturePolicy,
    WatermarkLayer,
    WatermarkPosition,
    WatermarkSpec,
    WatermarkStrength,
)

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .append.request import Request
    from .append.tail import Tail
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
    "WatermarkStrength",
    "apply",
    "build_tail",
    "check_text",
    "inspect",
    "remove",
    "replace",
]


def apply(
    source: File,
    target: File,
    spec: WatermarkSpec,
    *,
    password: str | None = None,
    limits: Limits | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, File] | None = None,
    mark_id: str | None = None,
    font_folder: str | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Result:
    """Write the source with the mark on its pages to the target.

    Files are paths or binary files with a descriptor; neither is held in memory. A path appears
    only when all has been written; an open target file is written from its start and holds an
    unusable part if this raises. ``variables`` are the values for the text's variables but
    ``page`` and ``pages``; ``assets`` are the pictures and documents that the spec names.
    ``mark_id`` goes into the document with the mark and finds it again (see ``remove``).
    ``font_folder`` has fonts for characters that ours lack.
    ``on_page(page, pages)`` is called after each page.

    Raises WatermarkError (its ``code`` says which) for a document or spec that cannot be done,
    OSError where reading or writing fails.
    """
    from .engine import apply_request

    return apply_request(
        source,
        target,
        _request(
            spec,
            password=password,
            limits=limits,
            variables=variables,
            assets=assets,
            mark_id=mark_id,
            font_folder=font_folder,
            on_page=on_page,
        ),
    )


def replace(
    source: File,
    target: File,
    spec: WatermarkSpec,
    *,
    password: str | None = None,
    limits: Limits | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, File] | None = None,
    mark_id: str | None = None,
    font_folder: str | None = None,
) -> Result:
    """Take our marks out, or those with this id, and mark anew; see ``remove`` and ``apply``."""
    from .removal import replace_request

    request = _request(
        spec,
        password=password,
        limits=limits,
        variables=variables,
        assets=assets,
        mark_id=mark_id,
        font_folder=font_folder,
    )
    return replace_request(source, target, request, mark_id)


def remove(
    source: File,
    target: File,
    *,
    mark_id: str | None = None,
    password: str | None = None,
    limits: Limits | None = None,
) -> Result:
    """Write the source without our marks, or without those of one id, to the target.

    A copy of strength ``standard`` gives back the very bytes of its original. Raises NotMarked
    where there is no such mark, and otherwise as ``apply`` does.
    """
    from . import removal

    return removal.remove(source, target, mark_id=mark_id, password=password, limits=limits)


def build_tail(
    source: File,
    spec: WatermarkSpec,
    *,
    password: str | None = None,
    limits: Limits | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, File] | None = None,
    mark_id: str | None = None,
    only_pages: Collection[int] | None = None,
) -> Tail:
    """The mark by itself: what to put behind the source, and what of it to blank.

    A marked copy is then the source's bytes, blanked where the tail says so, and the tail's
    ``data``; many copies of one document cost one document and many tails. ``only_pages`` leaves
    the other pages as they are. Parameters and errors are those of ``apply``; raises Damaged for
    a source that would have to be written anew first, and BadSpec for a strength that cannot be
    had this way.
    """
    from .engine import tail_of

    request = _request(
        spec,
        password=password,
        limits=limits,
        variables=variables,
        assets=assets,
        mark_id=mark_id,
        only_pages=only_pages,
    )
    return tail_of(source, request)


def _request(
    spec: WatermarkSpec,
    *,
    limits: Limits | None,
    mark_id: str | None,
    password: str | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, File] | None = None,
    font_folder: str | None = None,
    only_pages: Collection[int] | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Request:
    from .append.request import Request

    return Request(
        spec,
        limits=limits or Limits(),
        seals=spec.strength is WatermarkStrength.SEALED,
        password=password,
        variables=variables,
        assets=assets,
        mark_id=mark_id,
        font_folder=font_folder,
        only_pages=only_pages,
        on_page=on_page,
    )


def inspect(
    source: File, *, password: str | None = None, limits: Limits | None = None
) -> Inspection:
    """Tell what a document is. A missing password is an answer, not an error."""
    from .inspection import inspection_of

    return inspection_of(source, password, limits or Limits())


def check_text(text: str, *, family: str = "sans", weight: str = "regular") -> None:
    """Raise UnsupportedText when a mark cannot say this; cheap, and needs no document.

    Variables are taken to have values that can be drawn.
    """
    from .text import checking

    checking.check_text(text, family=family, weight=weight)
