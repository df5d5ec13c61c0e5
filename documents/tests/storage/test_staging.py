"""Bytes on their way in."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from documents.storage import StorageFull
from documents.storage.staging import StagedBlob, StagingArea, storage_errors

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def area(tmp_path: Path) -> StagingArea:
    return StagingArea(tmp_path / "staging")


def test_staged_bytes_are_counted_and_hashed(area: StagingArea):
    staged = area.stage()
    pieces = [b"%d" % number for number in range(5000)]  # more than one writev takes
    staged.write(pieces)
    staged.write([b"end"])
    whole = b"".join(pieces) + b"end"
    assert staged.path.read_bytes() == whole
    assert (staged.size_bytes, staged.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    staged.discard()
    assert list(area.directory.iterdir()) == []


def test_bytes_that_another_process_wrote_are_measured(area: StagingArea):
    staged = area.stage()
    os.pwrite(staged.fileno(), CONTENT, 0)
    staged.measure()
    assert (staged.size_bytes, staged.sha256) == (
        len(CONTENT),
        hashlib.sha256(CONTENT).hexdigest(),
    )
    staged.discard()


def test_only_stale_staged_files_are_collected(area: StagingArea):
    stale, fresh = area.stage(), area.stage()
    old = time.time() - 3600
    os.utime(stale.path, (old, old))
    assert area.collect_stale(timedelta(minutes=30)) == 1
    assert list(area.directory.iterdir()) == [fresh.path]
    stale.discard()
    fresh.discard()


def test_whoever_stages_clears_away_what_crashes_have_left(area: StagingArea):
    """The relay does so, too, but may be on another machine."""
    left = [area.stage() for _ in range(2)]
    old = time.time() - 2 * 3600
    os.utime(left[0].path, (old, old))
    area.stage()
    assert all(one.path.exists() for one in left)  # not with every file
    StagingArea(area.directory).stage()
    assert [one.path.exists() for one in left] == [False, True]


def test_what_cannot_be_cleared_away_keeps_nobody_from_staging(area: StagingArea):
    (area.directory / "lost+found").mkdir(parents=True)
    os.utime(area.directory / "lost+found", (0, 0))
    area.stage().discard()


def test_a_full_disk_is_said_so(tmp_path: Path):
    class Full(StagedBlob):
        """Its file is the device that the kernel keeps full."""

        def __init__(self) -> None:
            super().__init__(tmp_path / "staged")
            os.dup2(os.open("/dev/full", os.O_WRONLY), self.fileno())

    staged = Full()
    with pytest.raises(StorageFull):
        staged.write([CONTENT])
    staged.discard()


def test_room_is_asked_for_before_the_first_byte(area: StagingArea):
    area.require_room(1024)
    with pytest.raises(StorageFull):
        area.require_room(2**62)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_other_trouble_is_not_a_full_disk(code: int):
    with pytest.raises(StorageFull), storage_errors():
        raise OSError(code, os.strerror(code))
    with pytest.raises(PermissionError), storage_errors():
        raise PermissionError(errno.EACCES, "no")
