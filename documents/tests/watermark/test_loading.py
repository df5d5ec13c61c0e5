"""What an ordinary run of the command loads: half of its time is Python's start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from documents.tests import builders

ROOT = Path(__file__).parents[3]
HEAVY = {
    "argparse", "cryptography", "dataclasses", "hashlib", "inspect", "json", "logging", "pathlib",
    "pikepdf", "PIL", "pypdf", "pypdfium2", "tempfile", "typing", "uharfbuzz",
}  # fmt: skip
SCRIPT = """
import sys
from documents.watermark.__main__ import main
status = main(sys.argv[1:])
print(status, *sys.modules)
"""


@pytest.mark.parametrize("strength", ["standard", "sealed"])
@pytest.mark.parametrize("make", [builders.plain, builders.object_streams])
def test_an_ordinary_run_loads_nothing_heavy(tmp_path, make, strength):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(make(3))
    options = ["--text", "Draft {{ page }}", "--opacity", ".3", "--strength", strength]
    # Without what the environment loads for itself (site-packages' .pth files).
    run = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = [{str(ROOT)!r}]{SCRIPT}"]
    done = subprocess.run([*run, source, target, *options], capture_output=True, text=True)
    assert done.stderr == ""
    status, *modules = done.stdout.split()
    assert status == "0"
    assert target.exists()
    assert not HEAVY & {name.partition(".")[0] for name in modules}
