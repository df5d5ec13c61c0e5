"""Remembering that something was done, and for which input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mark:
    """``digest`` stands for the input; ``path`` holds the one that was last done."""

    path: Path
    digest: str

    def is_current(self) -> bool:
        """Return whether the work was done for just this input."""
        try:
            return self.path.read_text(encoding="ascii") == self.digest
        except FileNotFoundError:
            return False

    def set(self) -> None:
        """Remember that the work is done."""
        self.path.write_text(self.digest, encoding="ascii")


def digest_of_contents(files: Iterable[Path]) -> str:
    """Return a digest of names and contents: for few and small files."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(f"{file}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def digest_of_times(files: Iterable[Path]) -> str:
    """Return a digest of names, sizes and times of change, without opening a file."""
    total = hashlib.sha256()
    for file in sorted(files):
        status = file.stat()
        total.update(f"{file}\0{status.st_size} {status.st_mtime_ns}\n".encode())
    return total.hexdigest()
