"""A marked copy that is not there: its source read with a tail behind it, and no copy made."""

from __future__ import annotations

import io
import os

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

BUFFER_BYTES = 1 << 16


class OverlaidFile(io.RawIOBase):
    """Reads ``source``, a file with a descriptor, as if ``tail`` stood behind it.

    ``patches`` are offsets and the bytes that stand there instead; they do not overlap.
    """

    def __init__(
        self, source: BinaryIO, tail: bytes = b"", patches: Iterable[tuple[int, bytes]] = ()
    ) -> None:
        self._source = source.fileno()
        self._source_bytes = os.fstat(self._source).st_size
        self._tail = tail
        self._patches = sorted(patches)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        ends = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}
        start = ends.get(whence, self._source_bytes + len(self._tail))
        if start + offset < 0:
            raise ValueError("a place before the start of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as the source, or the tail, goes."""
        view = memoryview(buffer).cast("B")
        if self._at < self._source_bytes:
            data = os.pread(self._source, min(len(view), self._source_bytes - self._at), self._at)
            view[: len(data)] = data
            self._patch(view[: len(data)])
        else:
            start = self._at - self._source_bytes
            data = self._tail[start : start + len(view)]
            view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def buffered(self) -> io.BufferedReader:
        """This file with a buffer before it: pdfium reads a few hundred bytes at a time."""
        return io.BufferedReader(self, BUFFER_BYTES)

    def _patch(self, view: memoryview) -> None:
        """Put into a view that begins at the present place what stands there instead."""
        start, end = self._at, self._at + len(view)
        for at, data in self._patches:
            first, last = max(start, at), min(end, at + len(data))
            if first < last:
                view[first - start : last - start] = data[first - at : last - at]
