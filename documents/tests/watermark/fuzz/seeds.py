"""Twenty small sound documents to bend."""

from __future__ import annotations

from documents.tests import builders
from documents.tests.watermark.marking import marked
from documents.tests.watermark.pdfs.pages import OBJECTS, PAGE
from documents.tests.watermark.pdfs.writing import KINDS, file_of, updated
from documents.tests.watermark.test_what_is_kept import EVERYTHING

TREE = {
    **OBJECTS,
    2: b"<</Type/Pages/Count 5/Kids[20 0 R 21 0 R 4 0 R]/Rotate 90/MediaBox[0 0 300 300]>>",
    3: builders.stream(b"q BT /F1 9 Tf (x) Tj ET", compress=True),
    20: b"<</Type/Pages/Parent 2 0 R/Count 2/Kids[22 0 R 23 0 R]/Resources 5 0 R>>",
    21: b"<</Type/Pages/Parent 2 0 R/Count 2/Kids[24 0 R 24 0 R]/CropBox[9 9 99 99]>>",
    22: b"<</Type/Page/Parent 20 0 R/Contents[3 0 R 3 0 R]>>",
    23: b"<</Type/Page/Parent 20 0 R/Contents 25 0 R/MediaBox 26 0 R>>",
    24: b"<</Type/Page/Parent 21 0 R/Resources<</Font<</F1 6 0 R>>/XObject 27 0 R>>>>",
    25: b"[3 0 R]",
    26: b"[0 0 200 100]",
    27: b"<</Fm0 28 0 R>>",
    28: builders.stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
}


def documents() -> tuple[bytes, ...]:
    """The documents."""
    with_everything = [file_of(EVERYTHING, kind) for kind in KINDS]
    return (
        *(file_of(OBJECTS, kind) for kind in ("table", "packed")),
        *(file_of(TREE, kind) for kind in KINDS),
        *with_everything,
        file_of(TREE, "packed", predictor=15, widths=(1, 3, 2)),
        updated(file_of(TREE, "packed"), {4: b"<<%s>>" % PAGE}, "packed", freed=(28,)),
        updated(file_of(TREE, "table"), {22: b"<<%s/Rotate 90>>" % PAGE}, "hybrid"),
        builders.linearized(3),
        builders.encrypted(revision=3),
        builders.encrypted(revision=4),
        builders.encrypted(revision=6),
        builders.signed(),
        marked(with_everything[0]),
        marked(with_everything[2]),
    )
