"""Marking what is no PDF: text and pictures become one first, Word documents stay as they are."""

from __future__ import annotations

from contextlib import contextmanager

from documents.watermark import apply
from documents.watermark.errors import NoPages
from documents.watermark.files import scratch
from documents.watermark.outcome import Limits, Result

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from documents.watermark.outcome import Notice
    from documents.watermark.spec import WatermarkSpec

PICTURES = ("png", "jpg")


def mark(
    source: BinaryIO,
    target: BinaryIO,
    spec: WatermarkSpec,
    *,
    format: str,
    variables: Mapping[str, str],
    limits: Limits,
    assets: Mapping[str, BinaryIO] | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> Result:
    """Write the source, a file of ``format``, with the mark to the target.

    Raises the engine's errors; see ``documents.watermark.apply``.
    """
    if format == "docx":
        from .word.marking import mark_word

        result = mark_word(source, target, spec, variables=variables, limits=limits)
        if on_page:
            on_page(result.pages, result.pages)
        return result
    title = variables.get("document.title", "")
    with as_pdf(source, format, limits, title=title) as (pages, between, notices):
        result = apply(
            pages,
            target,
            spec,
            variables=variables,
            limits=between,
            assets=assets,
            on_page=on_page,
        )
    return Result(
        result.pages,
        result.method,
        result.bytes_written,
        (*notices, *result.warnings),
        tail_bytes=result.tail_bytes,
        reason=result.reason,
    )


@contextmanager
def as_pdf(
    source: BinaryIO, format: str, limits: Limits, *, title: str = ""
) -> Iterator[tuple[BinaryIO, Limits, tuple[Notice, ...]]]:
    """A file of ``format`` as a PDF, what that may cost in turn, and what is to be told of it.

    Raises NoPages for a Word document, and what cannot be read as what it is.
    """
    if format == "pdf":
        yield source, limits, ()
        return
    # What is drawn may be larger than its source.
    between = Limits(limits.max_target_bytes, limits.max_target_bytes, limits.max_pages)
    with scratch() as pages:
        notices = _write_pages(source, pages, format, title, limits.max_pages)
        pages.flush()
        pages.seek(0)
        yield pages, between, notices


def _write_pages(
    source: BinaryIO, pages: BinaryIO, format: str, title: str, max_pages: int
) -> tuple[Notice, ...]:
    if format == "docx":
        raise NoPages
    if format in PICTURES:
        from .picture_pages import write_picture_page

        write_picture_page(source, pages, title=title)
        return ()
    from .text import read_text
    from .text_pages import write_text_pages

    return write_text_pages(read_text(source), pages, max_pages=max_pages, title=title)
