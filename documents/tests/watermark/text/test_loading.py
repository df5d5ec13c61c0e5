"""What an ordinary mark costs to load: starting fast is a feature of the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
SCRIPT = """
import json, sys
from documents.tests.watermark.text.plain_objects import Look, PlainObjects
from documents.watermark.marks.mark import MarkContext
before = set(sys.modules)
from documents.watermark.marks.text import TextMark
mark = TextMark(Look({text!r}), PlainObjects(), MarkContext())
mark.form(1, 1)
mark.finish()
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(text: str) -> set[str]:
    """The modules that a mark of this text loads."""
    run = [sys.executable, "-c", SCRIPT.format(text=text)]
    return set(json.loads(subprocess.check_output(run, cwd=ROOT)))


HEAVY = {
    "dataclasses", "typing", "pathlib", "tempfile", "logging", "hashlib", "inspect", "contextlib",
    "uharfbuzz", "fontTools", "pikepdf", "pypdfium2", "PIL",
}  # fmt: skip
SHAPING = {"documents.watermark.text.shaping", "documents.watermark.text.bidi", "uharfbuzz"}


def test_plain_text_loads_nothing_heavy():
    for text in ("CONFIDENTIAL", "Größe Здравствуй", "机密"):
        assert not loaded_by(text) & (HEAVY | SHAPING)


def test_other_text_loads_what_shapes_it():
    assert loaded_by("سري") >= SHAPING
