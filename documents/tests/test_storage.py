"""The blob store: every back end must pass these."""

from __future__ import annotations

import errno
import hashlib
import os
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from documents.storage import BlobExists, BlobMissing, HasPaths, LocalBlobStore, StorageFull
from documents.storage.staging import StagedBlob, StagingArea, storage_errors

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def stored(store: LocalBlobStore, content: bytes = CONTENT) -> uuid.UUID:
    staged = store.stage()
    staged.write([content])
    blob_id = uuid.uuid4()
    store.commit(staged, blob_id)
    staged.close()
    return blob_id


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_staged_bytes_are_counted_and_hashed(store: LocalBlobStore):
    staged = store.stage()
    pieces = [b"%d" % number for number in range(5000)]  # more than one writev takes
    staged.write(pieces)
    staged.write([b"end"])
    whole = b"".join(pieces) + b"end"
    assert staged.path.read_bytes() == whole
    assert (staged.size_bytes, staged.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    staged.discard()
    assert files_in(store.root) == []


def test_bytes_that_another_process_wrote_are_measured(store: LocalBlobStore):
    staged = store.stage()
    os.pwrite(staged.fileno(), CONTENT, 0)
    staged.measure()
    assert (staged.size_bytes, staged.sha256) == (
        len(CONTENT),
        hashlib.sha256(CONTENT).hexdigest(),
    )
    staged.discard()


def test_a_committed_blob_is_all_that_is_left(store: LocalBlobStore):
    blob_id = stored(store)
    with store.open(blob_id) as file:
        assert file.read() == CONTENT
    assert store.size(blob_id) == len(CONTENT)
    assert files_in(store.root) == [store.path(blob_id)]
    with store.local_file(blob_id) as path:
        assert path.read_bytes() == CONTENT


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


def test_a_blob_is_never_replaced(store: LocalBlobStore):
    blob_id = stored(store)
    staged = store.stage()
    staged.write([b"other"])
    with pytest.raises(BlobExists):
        store.commit(staged, blob_id)
    assert store.path(blob_id).read_bytes() == CONTENT
    staged.discard()


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 10), (100, 1), (255_990, None), (255_990, 100), (256_000, 5)]
)
def test_a_part_can_be_opened(store: LocalBlobStore, offset: int, length: int | None):
    end = None if length is None else offset + length
    with store.open(stored(store), offset=offset, length=length) as file:
        pieces = list(iter(lambda: file.read(3), b""))
    assert b"".join(pieces) == CONTENT[offset:end]


def test_what_is_not_there_is_missing(store: LocalBlobStore):
    blob_id = uuid.uuid4()
    for look in (store.open, store.size):
        with pytest.raises(BlobMissing):
            look(blob_id)
    with pytest.raises(BlobMissing), store.local_file(blob_id):
        pass
    store.delete(blob_id)


def test_delete_removes_the_bytes(store: LocalBlobStore):
    blob_id = stored(store)
    store.delete(blob_id)
    assert files_in(store.root) == []


def test_ids_are_listed_once_they_are_old_enough(store: LocalBlobStore):
    ids = {stored(store, b"%d" % number) for number in range(3)}
    store.stage().close()
    assert set(store.iter_ids()) == ids
    assert list(store.iter_ids(older_than=timedelta(minutes=1))) == []
    # What counts is when the blob was committed, not when its first byte was written.
    old = time.time() - 3600
    for blob_id in ids:
        os.utime(store.path(blob_id), (old, old))
    assert list(store.iter_ids(older_than=timedelta(minutes=1))) == []


def test_only_stale_staged_files_are_collected(store: LocalBlobStore):
    stale, fresh = store.stage(), store.stage()
    old = time.time() - 3600
    os.utime(stale.path, (old, old))
    assert store.collect_stale_staged(timedelta(minutes=30)) == 1
    assert files_in(store.root) == [fresh.path]
    stale.discard()
    fresh.discard()


def test_nothing_is_collected_where_nothing_was_staged(store: LocalBlobStore):
    assert store.collect_stale_staged(timedelta()) == 0


def test_paths_spread_also_for_ids_made_in_time_order(store: LocalBlobStore):
    ids = [uuid.UUID(int=(0x0190 << 112) | number) for number in range(512)]
    directories = {store.relative_path(blob_id).rsplit("/", 1)[0] for blob_id in ids}
    assert len(directories) == 512
    assert isinstance(store, HasPaths)


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


def test_room_is_asked_for_before_the_first_byte(tmp_path: Path):
    area = StagingArea(tmp_path / "staging")
    area.require_room(1024)
    with pytest.raises(StorageFull):
        area.require_room(2**62)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_other_trouble_is_not_a_full_disk(code: int):
    with pytest.raises(StorageFull), storage_errors():
        raise OSError(code, os.strerror(code))
    with pytest.raises(PermissionError), storage_errors():
        raise PermissionError(errno.EACCES, "no")
