"""The TypeScript client, built where it is out of date; a machine without npm does without it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from documents.tests.processes import ROOT

HOME = ROOT / "clients" / "typescript"
MARK = HOME / "dist" / "generated_from.txt"
SOURCES = ("package-lock.json", "generate.mjs", "tsconfig.json", "src/index.ts")
needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="no Node with npm on this machine"
)


@cache
def typescript_client() -> Path:
    """Build the package if it differs from the OpenAPI document; return where it is."""
    wanted = _fingerprint()
    with (HOME / ".generating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (MARK.is_file() and MARK.read_text() == wanted):
            _build()
            MARK.write_text(wanted)
    return HOME


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run npm in the client's folder."""
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    command = ("npm", *arguments)
    return subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True)


def _build() -> None:
    installed = npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
    if installed.returncode and "CI" not in os.environ:
        pytest.skip(f"npm got no packages: {installed.stderr[-300:]}")
    assert installed.returncode == 0, installed.stderr
    built = npm("run", "build")
    assert built.returncode == 0, f"{built.stdout}\n{built.stderr}"


def _fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "docs" / "openapi.json").read_bytes())
    for name in SOURCES:
        digest.update((HOME / name).read_bytes())
    return digest.hexdigest()
