"""The page that the cases have in common, and what it looks like marked.

Every case writes this page in another way. However it is written, the marked page has to look the
same, to the pixel, as when the page is written plainly.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pikepdf

from documents.tests import builders
from documents.tests.watermark.marking import outcome
from documents.tests.watermark.rendering import page_count, rendered
from documents.watermark import Result

BOX = b"/MediaBox[0 0 400 300]"
CONTENT = b"BT /F1 14 Tf 40 200 Td (The quick brown fox) Tj ET 1 0 0 rg 300 20 60 40 re f"
PAGE = b"/Type/Page/Parent 2 0 R/Contents 3 0 R/Resources 5 0 R" + BOX
OBJECTS = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
    3: builders.stream(CONTENT),
    4: b"<<%s>>" % PAGE,
    5: b"<</Font<</F1 6 0 R>>>>",
    6: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
}


def objects(**changed: bytes) -> dict[int, bytes]:
    """The objects with some others in their place: ``objects(o4=…)``."""
    return OBJECTS | {int(name[1:]): body for name, body in changed.items()}


@cache
def as_it_should_look(content: bytes | None) -> np.ndarray:
    """The page, written plainly and marked."""
    stream = builders.stream(CONTENT if content is None else content)
    page = builders.document(OBJECTS | {3: stream})
    marked = outcome(page)[0]
    assert (rendered(marked) != rendered(page)).any()
    return rendered(marked)


def assert_marked_like_plain(
    data: bytes, *, pages: int = 1, content: bytes | None = None, password: str | None = None
) -> tuple[bytes, Result]:
    """Mark, and hold the result to the plain page; return it and what the engine told.

    A document in which qpdf found nothing wrong has to stay so.
    """
    after, result = outcome(data, password=password)
    shown = after if not password else without_encryption(after, password)
    assert result.pages == page_count(shown) == pages
    for page in range(pages):
        assert np.array_equal(rendered(shown, page), as_it_should_look(content))
    if not problems(data, password):
        assert problems(after, password) == []
    return after, result


def problems(data: bytes, password: str | None = None) -> list[str]:
    """What qpdf finds wrong with a document."""
    try:
        with pikepdf.open(io.BytesIO(data), password=password or "") as pdf:
            return [str(each) for each in (*pdf.check_pdf_syntax(), *pdf.get_warnings())]
    except pikepdf.PdfError as error:
        return [str(error)]


def without_encryption(data: bytes, password: str) -> bytes:
    """The document as its reader sees it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data), password=password) as pdf:
        pdf.save(out)
    return out.getvalue()
