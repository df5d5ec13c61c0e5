"""Growing files: what has arrived stays, what is unverified does not, one writer at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from documents.storage import LocalBlobStore, ResumableFiles, StorageFull, UploadLocked
from documents.tests.processes import ROOT

DIES = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from documents.storage.resumable import ResumableFiles
root, upload, guarded = Path(sys.argv[1]), UUID(sys.argv[2]), sys.argv[3] == "guarded"
file = ResumableFiles(root / "resumable", root / "staging").open(upload)
if guarded:
    file.guard()
file.write([b"b" * 1000])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def files(tmp_path: Path) -> ResumableFiles:
    return ResumableFiles(tmp_path / "resumable", tmp_path / "staging")


@pytest.fixture
def upload(files: ResumableFiles) -> UUID:
    upload_id = uuid4()
    files.create(upload_id)
    with files.open(upload_id) as file:
        file.write([b"a" * 10, b"a" * 90])
    return upload_id


def names(files: ResumableFiles) -> list[str]:
    return sorted(path.name for path in files.directory.iterdir())


def test_the_offset_is_the_size(files: ResumableFiles, upload: UUID) -> None:
    assert files.offset(upload) == 100
    with files.open(upload) as file:
        file.write([b"b"])
    assert files.path(upload).read_bytes() == b"a" * 100 + b"b"
    assert files.offset(upload) == 101


def test_one_writer_at_a_time(files: ResumableFiles, upload: UUID) -> None:
    with files.open(upload) as file:
        with pytest.raises(UploadLocked):
            files.open(upload)
        file.write([b"b"])
    files.open(upload).close()


@pytest.mark.parametrize(("way", "offset"), [("plain", 1100), ("guarded", 100)])
def test_what_a_killed_writer_leaves(
    files: ResumableFiles, upload: UUID, tmp_path: Path, way: str, offset: int
) -> None:
    """Its bytes stay, unless they were to be verified: those are cut off by the next."""
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), str(upload), way], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert files.path(upload).stat().st_size == 1100
    assert files.offset(upload) == offset
    with files.open(upload) as file:
        assert file.size_bytes == offset
        file.write([b"c"])
    assert files.path(upload).read_bytes() == (b"a" * 100 + b"b" * 1000)[:offset] + b"c"
    assert names(files) == [str(upload)]


def test_a_mark_cut_short_guards_nothing(files: ResumableFiles, upload: UUID) -> None:
    """The crash came before the first of the bytes that it was made for."""
    files.path(upload).with_name(f"{upload}.unverified").touch()
    assert files.offset(upload) == 100
    files.open(upload).close()
    assert (files.offset(upload), names(files)) == (100, [str(upload)])


def test_confirmed_bytes_count(files: ResumableFiles, upload: UUID) -> None:
    with files.open(upload) as file:
        file.guard()
        file.write([b"b", b"c"])
        assert files.offset(upload) == 100
        file.confirm()
        file.write([b"d"])
    assert files.path(upload).read_bytes() == b"a" * 100 + b"bcd"


def test_a_guard_without_end_is_cut_off(files: ResumableFiles, upload: UUID) -> None:
    with files.open(upload) as file:
        file.guard()
        file.write([b"bc"])
    assert (files.offset(upload), names(files)) == (100, [str(upload)])


def test_a_full_disk_leaves_the_offset_true(files: ResumableFiles, upload: UUID) -> None:
    with files.open(upload) as file:
        full = os.open("/dev/full", os.O_WRONLY)
        kept = os.dup(file._descriptor)
        os.dup2(full, file._descriptor)
        with pytest.raises(StorageFull):
            file.write([b"b" * 1000])
        os.dup2(kept, file._descriptor)
        os.close(full)
        os.close(kept)
    assert files.offset(upload) == 100


def test_what_was_waited_for_may_be_gone(files: ResumableFiles, upload: UUID) -> None:
    """Else a late writer would write into the blob that the file has become."""
    blobs = LocalBlobStore(files.directory.parent)
    with files.open(upload):
        late = os.open(files.path(upload), os.O_RDWR)
        blobs.root.joinpath("ab").hardlink_to(files.path(upload))
        files.remove(upload)
    os.close(late)
    with pytest.raises(FileNotFoundError):
        files.open(upload)


def test_what_nobody_goes_on_with_is_removed(files: ResumableFiles, upload: UUID) -> None:
    old, days = uuid4(), time.time() - 3 * 86_400
    files.create(old)
    for path in (files.path(old), files.path(old).with_name(f"{old}.unverified")):
        path.touch()
        os.utime(path, (days, days))
    assert list(files.iter_ids(older_than=timedelta(days=1))) == [old]
    assert files.collect_stale() == 2
    assert list(files.iter_ids()) == [upload]


def test_going_on_makes_it_young(files: ResumableFiles, upload: UUID) -> None:
    days = time.time() - 3 * 86_400
    os.utime(files.path(upload), (days, days))
    files.open(upload).close()
    assert files.collect_stale() == 0
