"""One page of a document with its mark, as a picture: what a copy of it would show."""

from __future__ import annotations

import io
from contextlib import closing, contextmanager

from .append.request import Request
from .engine import apply_request, tail_of
from .errors import BadSpec, Damaged, Encrypted, OutOfMemory, Problem
from .files import readable, scratch
from .outcome import Limits
from .overlaid_file import OverlaidFile
from .rendering import bounded_scale, drawn_by_pdfium, page_picture
from .spec import ActiveContent, WatermarkSpec, WatermarkStrength

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, BinaryIO

    from .outcome import File

FORMATS: Mapping[str, Mapping[str, Any]] = {
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 85, "method": 2},
}
LEAST_WIDTH, MOST_WIDTH = 16, 4000
LONGEST_SIDE = 16_000  # WebP can have 16,383 pixels
# Page sizes are decimal fractions; without this, 800 pixels might become 801.
A_BIT = 0.001


def preview(
    source: File,
    spec: WatermarkSpec | None = None,
    *,
    page: int = 1,
    width: int = 800,
    format: str = "png",
    password: str | None = None,
    variables: Mapping[str, str] | None = None,
    assets: Mapping[str, File] | None = None,
    limits: Limits | None = None,
) -> bytes:
    """Page ``page`` (from 1) as a PNG or WebP of ``width`` pixels, by the code of ``apply``.

    Without a spec the page is shown as it is. The source is not copied unless it has to be
    repaired. The strength is left aside: a page looks alike with all of them.

    Raises BadSpec for a page that the document does not have, a width beyond 16 to 4000 and an
    unknown format (``page``, ``width``, ``format`` name them), and what ``apply`` raises.
    """
    _check(page, width, format)
    try:
        with readable(source) as stream:
            if spec is None:
                return _picture(stream, password, page, width, format)
            request = Request(
                _that_shows(spec),
                limits=limits or Limits(),
                password=password,
                variables=variables,
                assets=assets,
                only_pages={page},
            )
            with _marked(stream, request) as marked:
                return _picture(marked, password, page, width, format)
    except MemoryError as error:
        raise OutOfMemory from error


def _check(page: int, width: int, format: str) -> None:
    problems = []
    if page < 1:
        message = "Input should be greater than or equal to 1"
        problems.append(Problem(("page",), message, "greater_than_equal", {"ge": 1}))
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        message = f"Input should be from {LEAST_WIDTH} to {MOST_WIDTH}"
        bounds = {"ge": LEAST_WIDTH, "le": MOST_WIDTH}
        problems.append(Problem(("width",), message, "out_of_range", bounds))
    if format not in FORMATS:
        message = f"Input should be {' or '.join(FORMATS)}"
        problems.append(Problem(("format",), message, "enum", {"expected": list(FORMATS)}))
    if problems:
        raise BadSpec(problems)


def _that_shows(spec: WatermarkSpec) -> WatermarkSpec:
    """The spec without what changes files and not their look."""
    plain = {"strength": WatermarkStrength.STANDARD, "active_content": ActiveContent.KEEP}
    return WatermarkSpec.parse({**spec.as_dict(), **plain})


@contextmanager
def _marked(stream: BinaryIO, request: Request) -> Iterator[BinaryIO]:
    """The document with the page marked: overlaid, or if it has to be repaired, a copy."""
    try:
        tail = tail_of(stream, request)
    except (Damaged, Encrypted):
        with scratch(buffering=0) as copy:
            apply_request(stream, copy, request)
            yield copy
    else:
        yield OverlaidFile(stream, tail.data).buffered()


def _picture(stream: BinaryIO, password: str | None, number: int, width: int, format: str) -> bytes:
    with drawn_by_pdfium(stream, password) as document:
        if number > len(document):
            raise BadSpec([_beyond(len(document))])
        with closing(document[number - 1]) as page:
            size = page.get_size()
            wanted = min((width - A_BIT) / max(size[0], 1.0), LONGEST_SIDE / max(size))
            picture = page_picture(page, bounded_scale(size, wanted))
    file = io.BytesIO()
    picture.save(file, **FORMATS[format])
    return file.getvalue()


def _beyond(pages: int) -> Problem:
    message = f"The document has {pages} page{'s' if pages > 1 else ''}"
    return Problem(("page",), message, "less_than_equal", {"le": pages})
