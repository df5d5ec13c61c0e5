"""Opening what to read and what to write."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from .outcome import File


# The header should be the first line (7.5.2). Readers bear junk before it, and one cut short.
SIGNATURE = b"%PDF-"
HEADER_WITHIN = 8192

_given: list[int] = []


def begins_as_pdf(file: BinaryIO) -> bool:
    """Whether an open file says that it is a PDF document."""
    position = file.seek(0, os.SEEK_CUR)
    file.seek(0)
    beginning = file.read(HEADER_WITHIN)
    file.seek(position)
    return SIGNATURE in beginning or beginning.startswith(SIGNATURE[:-1])


@contextmanager
def readable(file: File) -> Iterator[BinaryIO]:
    """What to read; a file that came open stays open."""
    if isinstance(file, str | bytes | os.PathLike):
        with open(file, "rb") as stream:  # noqa: PTH123 - pathlib takes 5 ms to load
            yield stream
    else:
        yield file


@contextmanager
def writable(target: File) -> Iterator[BinaryIO]:
    """Where to write. A path appears only when all is written; until then it has another name."""
    if not isinstance(target, str | bytes | os.PathLike):
        target.seek(0)
        empty(target.fileno())
        yield target
        return
    folder, name = os.path.split(os.path.abspath(os.fsdecode(target)))  # noqa: PTH100 - see above
    part = f"{folder}/.{name}.{os.getpid()}.part"
    try:
        with open(part, "w+b", buffering=0) as stream:  # noqa: PTH123 - see above
            yield stream
        os.replace(part, target)  # noqa: PTH105 - see above
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)  # noqa: PTH108 - see above


def give_scratch(descriptors: Iterable[int]) -> None:
    """Files open for reading and writing, for a process that may open none: see ``scratch``."""
    _given.extend(descriptors)


@contextmanager
def scratch(*, buffering: int = -1) -> Iterator[BinaryIO]:
    """An empty file without a name: one that was given, else a temporary one.

    Not in memory: the limits of a process do not count what such files hold.
    """
    if not _given:
        import tempfile

        with tempfile.TemporaryFile(buffering=buffering) as file:
            yield file  # type: ignore[misc] # what it returns is one, says its documentation
        return
    descriptor = _given.pop()
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        with os.fdopen(descriptor, "w+b", buffering, closefd=False) as file:
            yield file
    finally:
        _given.append(descriptor)


def empty(target: int) -> None:
    """Make an open file empty.

    One that is empty already is left alone: ext4 flushes a file that has been cut to nothing when
    it is closed, which would make us wait for the disk.
    """
    if os.fstat(target).st_size:
        os.ftruncate(target, 0)
