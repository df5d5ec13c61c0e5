"""Hostile texts, pictures and Word documents: each ends with a code, soon, and harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.sandbox.limits import SandboxLimits
from documents.sandbox.run import run_engine
from documents.tests.sandbox.hostile.other_formats import FILES
from documents.tests.sandbox.hostile.trials import ENDS, MARKED
from documents.tests.sandbox.running import children
from documents.watermark.errors import WatermarkError
from documents.watermark.spec import WatermarkSpec

EXPECTED = {
    "text of line feeds": "too_many_pages",
    "text of form feeds": "too_many_pages",
    "text of 100 MB": "too_large",
    "text of one line": MARKED,
    "text of controls": MARKED,
    "text that is none": "unsupported_text",
    "picture of 3.6 billion pixels": "unsupported_image",
    "picture of a long row": "unsupported_image",
    "picture without data": "unsupported_image",
    "picture that is none": "unsupported_image",
    "picture of notes": "unsupported_image",
    "photograph of 4 billion pixels": "unsupported_image",
    "photograph of a long row": "unsupported_image",
    "photograph of nothing": "unsupported_image",
    "photograph of scans": "unsupported_image",
    "word of 300 MiB": "too_large",
    "word of entities": "damaged",
    "word from a file": "damaged",
    "word from the network": "damaged",
    "word that leads outside": MARKED,
    "word with macros": "not_a_docx",
    "word of parts in parts": "damaged",
    "word of tables": "damaged",
    "word of sections": "too_large",
    "word of parts": "damaged",
    "word that is none": "damaged",
}


@pytest.mark.parametrize("name", FILES)
def test_it_ends_with_a_code(name: str, tmp_path: Path):
    format, make = FILES[name]
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(make())
    limits = SandboxLimits.for_source(source.stat().st_size, max_pages=5000)
    before = children()
    spec = WatermarkSpec(watermark_text="DRAFT")
    try:
        run_engine(source=source, target=target, spec=spec, limits=limits, format=format)
        code = MARKED
    except WatermarkError as error:
        code = error.code
    assert code in ENDS
    assert code == EXPECTED.get(name, code)
    assert children() == before
    assert target.exists() == (code == MARKED)
