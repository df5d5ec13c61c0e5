"""Marking a document and turning it into pictures."""

from __future__ import annotations

import copy

from ..files import scratch
from ..outcome import Limits, Result
from .rasterising import rasterise

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from ..append.request import Request

    MarkDocument = Callable[[BinaryIO, BinaryIO, Request], Result]


def marked_as_pictures(
    source: BinaryIO, target: BinaryIO, request: Request, mark: MarkDocument
) -> Result:
    """``mark`` writes the marked document to a file without a name; its pictures are the result.

    Progress is that of the pictures, which take nearly all the time.
    """
    plain = copy.copy(request)
    plain.on_page, plain.seals = None, False
    limits = request.limits
    # The marked document is larger than its source, which may be as large as sources can be.
    between = Limits(limits.max_target_bytes, limits.max_target_bytes, limits.max_pages)
    with scratch(buffering=0) as marked:
        before = mark(source, marked, plain)
        drawn = rasterise(
            marked,
            target,
            limits=between,
            on_page=request.on_page,
            password=request.password,
        )
    notices = dict.fromkeys((*before.warnings, *drawn.warnings))
    return Result(
        drawn.pages, drawn.method, drawn.bytes_written, tuple(notices), reason=before.reason
    )
