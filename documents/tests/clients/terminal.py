"""Where somebody types commands of the command-line client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf

from documents.tests.guides.stage import Stage

LONG = 20 << 20
NO_DOCUMENT = b"\x00\x01\x02\xff" * 100


class Terminal:
    """Where somebody types commands."""

    def __init__(self, stage: Stage, **environment: str) -> None:
        self.directory = stage.directory
        self.environment = {**stage.environment, **environment}
        self._command = (sys.executable, "-m", "countermark_cli")

    def start(self, *words: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        place: Any = {"cwd": self.directory, "env": self.environment, "text": True}
        return subprocess.Popen((*self._command, *words), **pipes, **place)

    def run(self, *words: str, typed: str = "") -> tuple[int, list[Any], str]:
        """Return the exit status, what was printed (JSON lines read) and the complaints."""
        process = self.start(*words)
        printed, complaints = process.communicate(typed, timeout=120)
        read = json.loads if "--json" in words else str
        return process.returncode, [read(line) for line in printed.splitlines()], complaints


def has_marks(path: Path) -> bool:
    with pikepdf.open(path) as pdf:
        return all("/XObject" in page.resources for page in pdf.pages)
