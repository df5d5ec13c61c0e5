"""A part of a file, to be read once from front to back."""

from __future__ import annotations

from typing import BinaryIO


class FileSlice:
    """At most ``length`` bytes (None: the rest) of ``file`` from ``offset``; owns the file."""

    def __init__(self, file: BinaryIO, offset: int = 0, length: int | None = None) -> None:
        file.seek(offset)
        self._file = file
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes (-1: all that is left); empty at the end."""
        if self._left is None:
            return self._file.read(size)
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> FileSlice:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
