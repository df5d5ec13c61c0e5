"""What is particular to blobs that are files."""

from __future__ import annotations

import errno
import os
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from documents.storage import HasPaths, LocalBlobStore, StorageFull
from documents.tests.storage.test_conformance import CONTENT, stored


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_bytes_are_on_the_disk_before_their_name_and_their_name_before_the_end(
    store: LocalBlobStore, monkeypatch: pytest.MonkeyPatch
):
    blob_id = uuid.uuid4()
    final, flushed = store.path(blob_id), []

    def fsync(descriptor: int) -> None:
        flushed.append((Path(f"/proc/self/fd/{descriptor}").resolve(), final.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    staged = store.stage()
    staged.write([CONTENT])
    store.commit(staged, blob_id)
    staged.close()
    # Two directories are new, and each has to be written down in the one above it.
    directories = (final.parent, final.parent.parent, store.root)
    assert flushed == [(staged.path, False), *((each, True) for each in directories)]


@pytest.mark.parametrize("failing", range(4))
def test_what_could_not_be_flushed_is_not_there(
    store: LocalBlobStore, monkeypatch: pytest.MonkeyPatch, failing: int
):
    """Some file systems find out only then that there is no room."""
    calls = iter(range(4))

    def fsync(descriptor: int) -> None:
        if next(calls) == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    staged = store.stage()
    staged.write([CONTENT])
    with monkeypatch.context() as patch, pytest.raises(StorageFull):
        patch.setattr(os, "fsync", fsync)
        store.commit(staged, uuid.uuid4())
    assert files_in(store.root) == [staged.path]
    staged.discard()


def test_the_file_given_is_the_blob_itself(store: LocalBlobStore):
    blob_id = stored(store)
    assert files_in(store.root) == [store.path(blob_id)]
    with store.local_file(blob_id) as path:
        assert path == store.path(blob_id)


def test_what_counts_is_when_a_blob_was_committed(store: LocalBlobStore):
    blob_id, old = stored(store), time.time() - 3600
    os.utime(store.path(blob_id), (old, old))  # as of its first byte
    assert list(store.iter_ids(older_than=timedelta(minutes=1))) == []


def test_files_of_others_are_left_out(store: LocalBlobStore):
    blob_id = stored(store)
    (store.path(blob_id).parent / ".nfs0001").touch()
    (store.root / "aa" / "bb").mkdir(parents=True)
    (store.root / "aa" / "bb" / str(uuid.UUID(int=1))).touch()
    assert list(store.iter_ids()) == [blob_id]


def test_paths_spread_also_for_ids_made_in_time_order(store: LocalBlobStore):
    ids = [uuid.UUID(int=(0x0190 << 112) | number) for number in range(512)]
    directories = {store.relative_path(blob_id).rsplit("/", 1)[0] for blob_id in ids}
    assert len(directories) == 512
    assert isinstance(store, HasPaths)
