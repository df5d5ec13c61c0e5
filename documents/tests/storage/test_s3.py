"""What is particular to a bucket: a network in between, and a service that may be away."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest
from botocore.exceptions import ClientError

from documents.storage import BlobExists, HasPaths, StorageAway, StorageFull
from documents.storage.s3 import store as s3
from documents.storage.s3 import upload
from documents.storage.s3.client import connect
from documents.storage.s3.store import S3BlobStore
from documents.tests.broken_wire import BrokenWire
from documents.tests.object_server import BUCKET, ObjectServer
from documents.tests.processes import wait_until
from documents.tests.storage.test_conformance import CONTENT, stored

LONG = os.urandom(20 * 1024 * 1024)
SERVICE = {"endpoint": "http://127.0.0.1:1", "region": "r", "access_key": "a", "secret_key": "b"}


@pytest.fixture
def wire(object_server: ObjectServer) -> Iterator[BrokenWire]:
    with BrokenWire(object_server.port) as wire:
        yield wire


@pytest.fixture
def store(object_server: ObjectServer, wire: BrokenWire, tmp_path: Path) -> S3BlobStore:
    """A store that is reached over ``wire``."""
    return object_server.store(tmp_path / "staging", port=wire.port, read_seconds=1)


@pytest.fixture
def steady(object_server: ObjectServer, store: S3BlobStore, tmp_path: Path) -> S3BlobStore:
    """The same store, reached directly."""
    return object_server.store(tmp_path / "staging", prefix=store._prefix)


def staged_with(store: S3BlobStore, content: bytes) -> Any:
    staged = store.stage()
    staged.write([content])
    return staged


def uploads_begun(store: S3BlobStore) -> int:
    return len(store._client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ()))


# --- What the service is told -----------------------------------------------------------------


def test_names_are_those_of_the_local_store(store: S3BlobStore):
    blob_id = stored(store)
    digits = blob_id.hex
    key = f"{store._prefix}{digits[-2:]}/{digits[-4:-2]}/{blob_id}"
    assert store._client.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(CONTENT)
    assert not isinstance(store, HasPaths)


def test_objects_of_others_are_left_out(store: S3BlobStore):
    blob_id = stored(store)
    for name in ("notes.txt", f"{uuid.uuid4()}", f"aa/bb/{uuid.UUID(int=1)}", f"aa/{blob_id}"):
        store._client.put_object(Bucket=BUCKET, Key=store._prefix + name, Body=b"")
    assert list(store.iter_ids()) == [blob_id]


def test_listings_have_more_than_one_page(store: S3BlobStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(s3, "LISTED_AT_ONCE", 2)
    ids = {stored(store, b"%d" % number) for number in range(5)}
    listed = list(store.iter_ids())
    assert (set(listed), len(listed)) == (ids, 5)


def test_the_service_checks_what_arrives(store: S3BlobStore, tmp_path: Path):
    """A bit that flips on the staging disk is noticed, in one part and in several."""
    for content in (CONTENT, LONG):
        staged, blob_id = staged_with(store, content), uuid.uuid4()
        with staged.path.open("r+b") as file:
            file.write(bytes([content[0] ^ 1]))
        with pytest.raises(StorageAway):
            store.commit(staged, blob_id)
        staged.discard()
    assert (list(store.iter_ids()), uploads_begun(store)) == ([], 0)


def test_no_object_is_held_in_memory(store: S3BlobStore):
    staged, blob_id = staged_with(store, LONG), uuid.uuid4()
    tracemalloc.start()
    try:
        store.commit(staged, blob_id)
        with store.local_file(blob_id):
            assert tracemalloc.get_traced_memory()[1] < len(LONG)
    finally:
        tracemalloc.stop()


# --- Lost connections -------------------------------------------------------------------------


@pytest.mark.parametrize("content", [CONTENT, LONG], ids=len)
def test_an_upload_whose_answer_was_lost_is_no_clash(
    store: S3BlobStore, wire: BrokenWire, content: bytes
):
    """The second try finds what the first has stored."""
    # Of a long one: its begin, three parts, and the end that is lost.
    wire.cut_after = [0] if content is CONTENT else [None, None, None, None, 0]
    blob_id = stored(store, content)
    assert wire.cuts == 1
    with store.open(blob_id) as file:
        assert file.read() == content


def test_lost_parts_are_sent_again(store: S3BlobStore, wire: BrokenWire):
    wire.cut_after = [None, 0, None, 0]
    with store.local_file(stored(store, LONG)) as path:
        assert path.read_bytes() == LONG
    assert (wire.cuts, uploads_begun(store)) == (2, 0)


def test_a_download_goes_on_where_it_broke_off(store: S3BlobStore, wire: BrokenWire):
    blob_id = stored(store, LONG)
    wire.cut_after = [5_000_000, 300_000]
    with store.open(blob_id, offset=1000, length=15_000_000) as file:
        whole = b"".join(iter(lambda: file.read(100_000), b""))
    assert wire.cuts == 2
    assert hashlib.sha256(whole).digest() == hashlib.sha256(LONG[1000:15_001_000]).digest()


def test_a_download_does_not_go_on_for_ever(store: S3BlobStore, wire: BrokenWire, tmp_path: Path):
    blob_id = stored(store, LONG)
    wire.cut_after = [600] * 20
    with pytest.raises(StorageAway), store.local_file(blob_id):
        pass
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_damaged_copy_is_not_given_to_programs(store: S3BlobStore):
    blob_id = stored(store)
    key = {"Bucket": BUCKET, "Key": store._where(blob_id)["Key"]}
    described = store._client.head_object(**key)["Metadata"]
    store._client.put_object(**key, Body=CONTENT[:-1] + b"!", Metadata=described)
    with pytest.raises(OSError, match="not those that were stored"), store.local_file(blob_id):
        pass


# --- A service that is away -------------------------------------------------------------------


def every_use(store: S3BlobStore) -> Iterator[Any]:
    blob_id = uuid.uuid4()
    yield store.check
    yield lambda: store.open(blob_id)
    yield lambda: store.size(blob_id)
    yield lambda: store.local_file(blob_id).__enter__()
    yield lambda: store.delete(blob_id)
    yield lambda: list(store.iter_ids())
    yield lambda: store.collect_stale_staged(timedelta())


def assert_away(store: S3BlobStore) -> None:
    for use in every_use(store):
        with pytest.raises(StorageAway):
            use()
    staged = staged_with(store, CONTENT)
    with pytest.raises(StorageAway):
        store.commit(staged, uuid.uuid4())
    assert staged.path.exists()
    staged.discard()


def test_nobody_listens(tmp_path: Path):
    store = S3BlobStore(connect(**SERVICE), bucket="b", prefix="", staging=tmp_path / "staging")
    assert_away(store)


def test_it_hangs_and_comes_back(
    store: S3BlobStore, steady: S3BlobStore, object_server: ObjectServer
):
    """While it hangs one caller at a time waits for it; the others hear at once that it is away."""
    blob_id, asking = stored(steady), set()
    store._client.meta.events.register("before-send.s3", lambda **_: asking.add(get_ident()))
    object_server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(StorageAway):
            store.size(blob_id)
        asking.clear()
        with ThreadPoolExecutor(1) as patient:
            answer = patient.submit(store.size, blob_id)
            wait_until(lambda: bool(asking))
            assert_away(store)
            assert get_ident() not in asking
            object_server.process.send_signal(signal.SIGCONT)
            answer.exception()
    finally:
        object_server.process.send_signal(signal.SIGCONT)
    assert store.size(blob_id) == len(CONTENT)


def test_wrong_keys_and_buckets_are_our_trouble(object_server: ObjectServer, tmp_path: Path):
    """Above all a missing bucket must not look like missing documents."""
    service = object_server.settings()
    del service["bucket"], service["prefix"]
    keyless = connect(**{**service, "secret_key": "wrong"})
    assert_away(S3BlobStore(keyless, bucket=BUCKET, prefix="", staging=tmp_path / "a"))
    elsewhere = S3BlobStore(connect(**service), bucket="nowhere", prefix="", staging=tmp_path / "b")
    for look in (elsewhere.check, lambda: elsewhere.size(uuid.uuid4())):
        with pytest.raises(StorageAway):
            look()


def test_a_bucket_that_is_full_is_said_so(store: S3BlobStore, monkeypatch: pytest.MonkeyPatch):
    """Borrowed words: the server for tests has no quota that could be used up in a second."""
    for code, status in (("QuotaExceeded", 403), ("XMinioStorageFull", 507)):
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

        def refuse(answer: Any = answer, **_: object) -> None:
            raise ClientError(answer, "PutObject")

        monkeypatch.setattr(store._client, "put_object", refuse)
        staged = staged_with(store, CONTENT)
        with pytest.raises(StorageFull):
            store.commit(staged, uuid.uuid4())
        staged.discard()


# --- What crashes leave -----------------------------------------------------------------------


def test_uploads_that_nobody_goes_on_with_are_collected(store: S3BlobStore):
    ours = {"Bucket": BUCKET, "Key": store._where(uuid.uuid4())["Key"]}
    other = {"Bucket": BUCKET, "Key": store._prefix + "film.mp4"}
    store._client.create_multipart_upload(**ours)
    kept = store._client.create_multipart_upload(**other)["UploadId"]
    assert store.collect_stale_staged(timedelta(hours=1)) == 0
    time.sleep(1.1)  # the service counts in seconds
    assert store.collect_stale_staged(timedelta()) == 1
    assert uploads_begun(store) == 1
    store._client.abort_multipart_upload(**other, UploadId=kept)


def test_an_upload_that_fails_is_taken_back(store: S3BlobStore, monkeypatch: pytest.MonkeyPatch):
    staged = staged_with(store, LONG)
    monkeypatch.setattr(upload.Upload, "_put_part", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.commit(staged, uuid.uuid4())
    staged.discard()
    assert uploads_begun(store) == 0


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "NoSuchUpload"])
def test_an_object_that_is_being_written_is_not_a_missing_one(
    store: S3BlobStore, monkeypatch: pytest.MonkeyPatch, code: str
):
    """The first try may still be at work when the second is refused."""

    def refuse(**_: object) -> None:
        status = 404 if code == "NoSuchUpload" else 409
        answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, "PutObject")

    monkeypatch.setattr(store._client, "put_object", refuse)
    staged = staged_with(store, CONTENT)
    with pytest.raises(StorageAway):
        store.commit(staged, uuid.uuid4())
    staged.discard()


def test_somebody_elses_object_is_a_clash(store: S3BlobStore):
    blob_id = uuid.uuid4()
    store._client.put_object(**store._where(blob_id), Body=CONTENT)
    staged = staged_with(store, CONTENT)
    with pytest.raises(BlobExists):
        store.commit(staged, blob_id)
    staged.discard()
