"""What every blob store must do, whatever keeps its bytes."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from documents.storage import BlobExists, BlobMissing, BlobStore, LocalBlobStore

CONTENT = bytes(range(256)) * 1000
# More than one part of an upload to S3, and not a whole number of them.
LONG = CONTENT * 70 + b"end"


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "local":
        return LocalBlobStore(tmp_path / "blobs")
    return request.getfixturevalue("object_server").store(tmp_path / "blobs/staging")


def stored(store: BlobStore, content: bytes = CONTENT) -> uuid.UUID:
    staged = store.stage()
    staged.write([content])
    blob_id = uuid.uuid4()
    store.commit(staged, blob_id)
    staged.close()
    return blob_id


def staged_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs/staging").rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, LONG], ids=len)
def test_a_committed_blob_is_all_that_is_left(store: BlobStore, tmp_path: Path, content: bytes):
    blob_id = stored(store, content)
    with store.open(blob_id) as file:
        assert file.read() == content
        assert file.read() == b""
    assert store.size(blob_id) == len(content)
    assert list(store.iter_ids()) == [blob_id]
    assert staged_files(tmp_path) == []


def test_a_file_can_be_had_for_programs(store: BlobStore, tmp_path: Path):
    with store.local_file(stored(store, LONG)) as path:
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(LONG).digest()
    assert staged_files(tmp_path) == []


@pytest.mark.parametrize("content", [CONTENT, LONG], ids=len)
def test_a_blob_is_never_replaced(store: BlobStore, tmp_path: Path, content: bytes):
    blob_id = stored(store, content)
    staged = store.stage()
    staged.write([content[:-1], b"!"])
    with pytest.raises(BlobExists):
        store.commit(staged, blob_id)
    with store.open(blob_id) as file:
        assert file.read() == content
    staged.discard()
    assert staged_files(tmp_path) == []


def test_of_two_at_once_one_wins_whole(store: BlobStore):
    blob_id = uuid.uuid4()

    def commit(letter: bytes) -> bytes | None:
        staged = store.stage()
        try:
            staged.write([letter * 100_000])
            store.commit(staged, blob_id)
        except BlobExists:
            return None
        finally:
            staged.discard()
        return letter

    with ThreadPoolExecutor(8) as writers:
        winners = list(filter(None, writers.map(commit, [b"%d" % n for n in range(8)])))
    with store.open(blob_id) as file:
        assert file.read() == winners[0] * 100_000
    assert len(winners) == 1


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 10), (0, 0), (100, 1), (255_990, None), (255_990, 100), (256_000, 5), (256_000, None)],
)
def test_a_part_can_be_opened(store: BlobStore, offset: int, length: int | None):
    end = None if length is None else offset + length
    with store.open(stored(store), offset=offset, length=length) as file:
        pieces = list(iter(lambda: file.read(3), b""))
    assert b"".join(pieces) == CONTENT[offset:end]


def test_many_read_at_once(store: BlobStore):
    blob_id = stored(store, LONG)

    def part(number: int) -> bool:
        offset = number * 100_003
        with store.open(blob_id, offset=offset, length=200_000) as file:
            return file.read() == LONG[offset : offset + 200_000]

    with ThreadPoolExecutor(16) as readers:
        assert all(readers.map(part, range(64)))


def test_what_is_not_there_is_missing(store: BlobStore, tmp_path: Path):
    blob_id = uuid.uuid4()
    for look in (store.open, store.size):
        with pytest.raises(BlobMissing):
            look(blob_id)
    with pytest.raises(BlobMissing), store.local_file(blob_id):
        pass
    store.delete(blob_id)
    assert staged_files(tmp_path) == []


def test_delete_removes_the_bytes(store: BlobStore):
    gone, kept = stored(store), stored(store)
    store.delete(gone)
    assert list(store.iter_ids()) == [kept]
    with pytest.raises(BlobMissing):
        store.size(gone)


def test_ids_are_listed_once_they_are_old_enough(store: BlobStore):
    ids = {stored(store, b"%d" % number) for number in range(3)}
    store.stage().discard()
    assert set(store.iter_ids()) == ids
    assert list(store.iter_ids(older_than=timedelta(minutes=1))) == []


def test_it_says_that_it_works(store: BlobStore, tmp_path: Path):
    store.check()
    assert (list(store.iter_ids()), staged_files(tmp_path)) == ([], [])


def test_nothing_is_collected_where_nothing_was_staged(store: BlobStore):
    assert store.collect_stale_staged(timedelta()) == 0
