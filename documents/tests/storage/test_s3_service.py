"""The whole service with its objects in a bucket, and while the bucket is away."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Reply, Serving
from documents.models import Blob, Document, Job
from documents.processing.run import process
from documents.relay.orphans import collect_orphans
from documents.relay.sweep import sweep
from documents.services.documents import purge_deleted
from documents.storage import StorageAway, blob_store
from documents.tests.broken_wire import BrokenWire
from documents.tests.factories import make_blob, make_document, make_job, make_pdf
from documents.tests.multipart import END, begin, file_form, page_headers, part
from documents.tests.object_server import ObjectServer
from documents.tests.processes import running, wait_until
from documents.tests.storage.small_service import ONE_JOB

pytestmark = pytest.mark.django_db(transaction=True)
MARK = "/api/v1/watermark/"
MANY_PAGES = 20_000


@pytest.fixture
def wire(object_server: ObjectServer, settings: Any, blob_dir: Path) -> Iterator[BrokenWire]:
    """The only way to the objects of this test."""
    with BrokenWire(object_server.port) as wire:
        settings.S3 = object_server.settings(port=wire.port)
        yield wire


@pytest.fixture
def key(live: Serving, tenant: Tenant) -> str:
    return make_api_key(tenant)[1]


def post(live: Serving, key: str | None, form: bytes, **more: Any) -> Reply:
    with begin(live, key, len(form), **more) as connection:
        return connection.send(form).answer()


def get(live: Serving, key: str, path: str, **headers: str) -> Reply:
    with live.connect() as connection:
        return connection.head("GET", path, authorization=f"Bearer {key}", **headers).answer()


def files_in(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def assert_away(reply: Reply) -> None:
    assert (reply.status, json.loads(reply.body)["type"]) == (503, "storage_unavailable")
    assert int(reply.headers["retry-after"][0]) >= 1


def test_uploads_and_downloads(live: Serving, wire: BrokenWire, key: str, blob_dir: Path):
    content = b"%PDF-" + os.urandom(10_000_000)
    made = post(live, key, file_form(content))
    assert made.status == 201, made.body
    document = json.loads(made.body)
    assert files_in(blob_dir) == []
    assert list(blob_store().iter_ids()) == [Blob.objects.get().pk]
    path = f"/api/v1/documents/{document['id']}/download/"
    whole = get(live, key, path)
    assert (whole.status, whole.body) == (200, content)
    assert whole.headers["etag"] == [f'"{document["sha256"]}"']
    some = get(live, key, path, range="bytes=1000000-8999999")
    assert (some.status, some.body) == (206, content[1_000_000:9_000_000])
    assert get(live, key, path, if_none_match=f'"{document["sha256"]}"').status == 304
    Document.objects.update(deleted_at="2026-01-01T00:00Z")
    assert purge_deleted() == 1
    assert list(blob_store().iter_ids()) == []


def test_a_job_from_the_form_to_the_copy(live: Serving, wire: BrokenWire, key: str, blob_dir: Path):
    config = part("config", b'{"watermark_text": "DRAFT"}', "blob")
    form = config + part("file", make_pdf(), "a.pdf") + END
    begun = json.loads(post(live, key, form, path=MARK).body)
    ended = process(begun["id"])
    assert ended and ended.state == "succeeded"
    copy = get(live, key, f"/api/v1/jobs/{ended.pk}/result/")
    assert (copy.status, copy.body[:5]) == (200, b"%PDF-")
    assert files_in(blob_dir) == []


def test_while_the_bucket_is_away_nothing_is_begun_and_nothing_left(
    live: Serving, wire: BrokenWire, key: str, blob_dir: Path
):
    document = json.loads(post(live, key, file_form(make_pdf())).body)
    path = f"/api/v1/documents/{document['id']}/download/"
    wire.go_away()
    assert_away(post(live, key, file_form(make_pdf())))
    assert_away(get(live, key, path))
    health = get(live, key, "/api/v1/health/")
    assert json.loads(health.body)["parts"]["storage"]["status"] == "down"
    assert (Document.objects.count(), Blob.objects.count()) == (1, 1)
    assert files_in(blob_dir) == []
    wire.come_back()
    assert post(live, key, file_form(make_pdf())).status == 201
    assert get(live, key, path).body == make_pdf()


def test_every_door_tells_that_the_bucket_is_away(
    live: Serving, wire: BrokenWire, key: str, owner: Person, blob_dir: Path
):
    document = make_document(owner.tenant)
    copy = make_job(document)
    process(copy.pk)
    headers, token = page_headers(owner)
    two = part("files", make_pdf(), "a.pdf") + part("files", make_pdf(), "b.pdf")
    config = part("config", b'{"watermark_text": "DRAFT"}', "blob")
    wire.go_away()
    assert_away(
        post(live, key, config + part("file", make_pdf(), "a.pdf") + END, path=MARK),
    )
    assert_away(get(live, key, f"/api/v1/jobs/{copy.pk}/result/"))
    shown = post(live, None, token + two + END, accept="text/html", **headers)
    assert (shown.status, shown.body.count(b"<h1")) == (503, 1)
    assert shown.headers["retry-after"]
    for path in (f"/documents/{document.pk}/download/", f"/jobs/{copy.pk}/result/"):
        with live.connect() as connection:
            connection.head("GET", path, cookie=headers["cookie"], accept="text/html")
            assert connection.answer().status == 503
    assert (Document.objects.count(), Job.objects.count()) == (1, 1)
    assert files_in(blob_dir) == []


def test_a_bucket_that_goes_away_during_a_download(live: Serving, wire: BrokenWire, key: str):
    """Before the first byte that is a refusal, behind it a connection that ends too early."""
    content = b"%PDF-" + os.urandom(10_000_000)
    document = json.loads(post(live, key, file_form(content)).body)
    path = f"/api/v1/documents/{document['id']}/download/"
    for cut in (1_000, 5_000_000):
        wire.cut_after = [cut] + [0] * 20
        with live.connect() as connection:
            connection.head("GET", path, authorization=f"Bearer {key}")
            if cut == 1_000:
                assert_away(connection.answer())
            else:
                reply = connection.answer()
                assert reply.status == 200
                assert content.startswith(reply.body) and len(reply.body) < len(content)
        wire.cut_after = []
    assert get(live, key, path).body == content


def test_a_document_can_be_deleted_while_the_bucket_is_away(
    live: Serving, wire: BrokenWire, key: str, monkeypatch: pytest.MonkeyPatch
):
    """The row is gone at once; the bytes are collected when the bucket is back."""
    document = json.loads(post(live, key, file_form(make_pdf())).body)
    path = f"/api/v1/documents/{document['id']}/"
    wire.go_away()
    with live.connect() as connection:
        deleted = connection.head("DELETE", path, authorization=f"Bearer {key}").answer()
    assert (deleted.status, get(live, key, path).status) == (204, 404)
    with pytest.raises(StorageAway):
        collect_orphans()
    wire.come_back()
    monkeypatch.setattr("documents.relay.orphans.GRACE", timedelta())
    assert (purge_deleted(), collect_orphans()) == (0, 1)
    assert list(blob_store().iter_ids()) == []


def test_a_worker_that_is_killed_leaves_nothing_for_long(
    object_server: ObjectServer, wire: BrokenWire, blob_dir: Path
):
    """Not its own copy of the document either; its machine may have no relay."""
    job = make_job(make_document(content=make_pdf(MANY_PAGES)))
    bucket = object_server.environment(settings.S3["prefix"].rstrip("/"))
    with running("-c", ONE_JOB, str(job.pk), **bucket) as worker:
        wait_until(lambda: Job.objects.get(pk=job.pk).page > 0)
        worker.kill()
        worker.wait()
    left = files_in(blob_dir)
    assert len(left) == 2  # the document, and the copy that was being made
    for path in left:
        os.utime(path, (0, 0))
    Job.objects.update(lease_until=Job.objects.get().created_at)
    assert sweep() == 1
    Job.objects.update(run_after=job.created_at)
    with running("-c", ONE_JOB, str(job.pk), **bucket) as worker:
        assert worker.wait(60) == 0
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("succeeded", 2)
    assert files_in(blob_dir) == []
    assert set(blob_store().iter_ids()) == set(Blob.objects.values_list("pk", flat=True))


def test_jobs_wait_for_the_bucket_without_using_up_attempts(wire: BrokenWire, blob_dir: Path):
    job = make_job()
    wire.go_away()
    for _ in range(4):  # one more than attempts
        waiting = process(job.pk)
        assert waiting and (waiting.state, waiting.attempt) == ("queued", 0)
        assert waiting.run_after - waiting.created_at > timedelta(seconds=10)
        Job.objects.update(run_after=job.run_after)
    assert files_in(blob_dir) == []
    wire.come_back()
    ended = process(job.pk)
    assert ended and (ended.state, ended.attempt) == ("succeeded", 1)


def test_damaged_bytes_do_use_up_attempts(wire: BrokenWire, object_server: ObjectServer):
    job = make_job(max_attempts=1)
    store = blob_store()
    where = store._where(job.document.blob_id)
    described = store._client.head_object(**where)["Metadata"]
    store._client.put_object(**where, Body=b"%PDF-damaged", Metadata=described)
    ended = process(job.pk)
    assert ended and (ended.state, ended.error_code) == ("failed", "storage_error")


def test_what_no_row_names_is_collected(
    wire: BrokenWire, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
):
    named, orphan = make_blob(tenant, b"named"), make_blob(tenant, b"orphan")
    orphan_id = orphan.pk
    orphan.delete()
    assert collect_orphans() == 0
    monkeypatch.setattr("documents.relay.orphans.GRACE", timedelta())
    assert collect_orphans() == 1
    assert list(blob_store().iter_ids()) == [named.pk] != [orphan_id]
