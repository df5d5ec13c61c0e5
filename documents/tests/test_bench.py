"""The measuring programs run; what they measure is nobody's test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_smallest_document_goes_through_all_engines(tmp_path):
    figures = tmp_path / "figures.json"
    files = ["--folder", str(tmp_path), "--json", str(figures)]
    command = [sys.executable, "bench/engine.py", "--inputs", "10 pages", "--runs", "1", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(figures.read_text())["results"]["10 pages"]
    assert {"cp", "ours", "pikepdf form", "pikepdf add_overlay"} <= set(told["whole"])
    assert {"copyfile", "ours", "pypdf form", "pypdf merge_page"} <= set(told["warm"])
    assert all(run["output_bytes"] >= run["input_bytes"] for run in told["whole"].values())
