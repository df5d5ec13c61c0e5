"""A document to run on, and other programs in the engine's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.sandbox import launch
from documents.tests import builders

ROOT = Path(__file__).parents[3]
CONFINED = f"""
import json, os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from documents.sandbox.confinement import confine
from documents.sandbox.limits import SandboxLimits
request = json.load(sys.stdin.buffer)
confine(SandboxLimits(**request["limits"]), request["parent"])
def tell(line):
    os.write(request["answers"], line + b"\\n")
"""


@pytest.fixture
def files(tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(builders.plain(pages=3))
    return {"source": source, "target": target}


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Puts another program in the engine's place."""

    def use(body: str) -> None:
        program = tmp_path / "child.py"
        program.write_text(CONFINED + body)
        monkeypatch.setattr(launch, "CHILD", program)

    return use
