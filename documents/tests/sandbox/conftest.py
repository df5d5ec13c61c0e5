"""A document to run on, and other programs in the engine's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.sandbox import launch, self_test
from documents.tests import builders

ROOT = Path(__file__).parents[3]
CONFINED = f"""
import json, os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from documents.sandbox.child import FILES
from documents.sandbox.confinement import confine, limit
from documents.sandbox.limits import SandboxLimits
request = json.load(sys.stdin.buffer)
def tell(line):
    os.write(request["answers"], line + b"\\n")
"""
# As far as every system goes, and as far as this one does.
LIMITED = 'limit(SandboxLimits(**request["limits"]), request["parent"])\n'
FULLY = """
confine(
    SandboxLimits(**request["limits"]), request["parent"], [request[name] for name in FILES]
)
"""

WITHOUT = """
import sys
sys.path.insert(0, {root!r})
from documents.sandbox import confinement, file_rules, probe, system_call_filter
{changes}
probe.main()
"""


@pytest.fixture
def files(tmp_path):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(builders.plain(pages=3))
    return {"source": source, "target": target}


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Puts another program in the engine's place."""

    def use(body: str, confined: str = FULLY) -> None:
        program = tmp_path / "child.py"
        program.write_text(CONFINED + confined + body)
        monkeypatch.setattr(launch, "CHILD", program)

    return use


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Puts a probe in the probe's place that is confined by less."""

    def become(*changes: str) -> None:
        program = tmp_path / "probe.py"
        program.write_text(WITHOUT.format(root=str(ROOT), changes="\n".join(changes)))
        monkeypatch.setattr(self_test, "PROBE", program)

    return become
