"""Copying the untouched bytes of a file, by the kernel where it can."""

from __future__ import annotations

import errno
import os

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Callable

# How the kernel says that it cannot do this between these two files.
REFUSALS = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF)
CHUNK_BYTES = 1 << 30
PLAIN_CHUNK_BYTES = 1 << 20


def copy_bytes(source: int, target: int, size: int) -> None:
    """Copy the first ``size`` bytes of one descriptor's file to the start of the other's.

    Some file systems then share the blocks, and most spare us the way through our memory.
    """
    done = _copied_by_kernel(source, target, size)
    while done < size:
        data = os.pread(source, min(PLAIN_CHUNK_BYTES, size - done), done)
        if not data:
            raise OSError("the source became shorter while it was read")
        done += os.pwrite(target, data, done)


def _copied_by_kernel(source: int, target: int, size: int) -> int:
    """As many bytes as ``copy_file_range`` or ``sendfile`` bring over; they may refuse."""
    done = 0
    if hasattr(os, "copy_file_range"):
        done = _repeat(
            lambda at, count: os.copy_file_range(source, target, count, at, at), done, size
        )
    if done < size and hasattr(os, "sendfile"):
        os.lseek(target, done, os.SEEK_SET)
        done = _repeat(lambda at, count: os.sendfile(target, source, at, count), done, size)
    return done


def _repeat(copy: Callable[[int, int], int], done: int, size: int) -> int:
    """Call until all is copied; what it says no to is left to the next way."""
    try:
        while done < size:
            count = copy(done, min(CHUNK_BYTES, size - done))
            if count == 0:
                break
            done += count
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
    return done
