"""A file to write to that keeps its failures until it is asked.

With a deterministic /ID, qpdf ends the whole process when a write fails; so a full disk is told to
it only after it has finished.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BUFFER_BYTES = 1 << 20


class PatientFile(io.RawIOBase):
    """Writes to ``file``; after a failure it takes all that comes and drops it."""

    def __init__(self, file: BinaryIO) -> None:
        self.failure: OSError | None = None
        self._file = file

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def write(self, data: ReadableBuffer) -> int:
        """All of it, as far as the caller is to know."""
        view = memoryview(data)
        left = view
        try:
            while left and self.failure is None:
                left = left[self._file.write(left) :]
        except OSError as failure:
            self.failure = failure
        return view.nbytes

    def buffered(self) -> io.BufferedWriter:
        """This file with a buffer before it: qpdf writes a few bytes at a time."""
        return io.BufferedWriter(self, BUFFER_BYTES)
