"""A disk that is really full: 507, no row, no partial file, and well again when there is room."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from accounts.models import Tenant
from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Reply
from documents.models import Blob, Document, Job
from documents.tests.factories import make_pdf
from documents.tests.multipart import API, END, chunk, file_form, page_headers, part
from documents.tests.processes import wait_until
from documents.tests.small_disk import is_possible, running_on_small_disk
from documents.tests.storage.small_service import SmallService, serving_on_small_disk
from documents.tests.tus_client import UPLOADS, Tus, checksum

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not is_possible(), reason="no file system of one's own is allowed here"),
]
MEBIBYTE = 1024 * 1024
SIZE_BYTES = 16 * MEBIBYTE
HEALTH, MARK = "/api/v1/health/", "/api/v1/watermark/"
# Blobs on the small disk, or in a bucket and only staged on it.
everywhere = pytest.mark.parametrize("service", ["local", "s3"], indirect=True)
on_the_disk = pytest.mark.parametrize("service", ["local"], indirect=True)


@pytest.fixture
def service(
    request: pytest.FixtureRequest, tenant: Tenant, tmp_path: Path
) -> Iterator[SmallService]:
    environment, bucket = {}, None
    if request.param == "s3":
        server, prefix = request.getfixturevalue("object_server"), str(uuid4())
        environment = server.environment(prefix)
        bucket = server.store(tmp_path / "staging", prefix=f"{prefix}/")
    with serving_on_small_disk(tmp_path / "disk", SIZE_BYTES, **environment) as service:
        service.store = bucket or service.store
        service.key = make_api_key(tenant)[1]
        yield service


def pdf(size_bytes: int) -> bytes:
    return b"%PDF-1.7\n" + os.urandom(size_bytes)


def mark_form(content: bytes) -> bytes:
    config = part("config", b'{"watermark_text": "DRAFT"}', "blob")
    return config + part("file", content, "a.pdf") + END


def assert_full(reply: Reply) -> None:
    assert (reply.status, json.loads(reply.body)["type"]) == (507, "storage_full")


@everywhere
def test_uploads_to_a_full_disk(service: SmallService):
    before = json.loads(service.post(file_form(pdf(MEBIBYTE))).body)
    # One that says how long it is hears it at once; one that does not, when the disk is full.
    service.disk.fill(but_bytes=2 * MEBIBYTE)
    for announced in (True, False):
        assert_full(service.post(file_form(pdf(4 * MEBIBYTE)), announced=announced))
        assert_full(service.post(mark_form(pdf(4 * MEBIBYTE)), announced=announced, path=MARK))
        service.check()
    # No byte left at all.
    service.disk.fill()
    for size in (1, 100_000):
        assert_full(service.post(file_form(pdf(size)), announced=False))
    service.check()
    assert (Document.objects.count(), Job.objects.count()) == (1, 0)
    # What is there can still be had, and the trouble can be seen.
    assert service.get(f"/api/v1/documents/{before['id']}/download/").status == 200
    assert service.get(HEALTH).status == 503
    service.disk.make_room()
    assert service.post(file_form(pdf(4 * MEBIBYTE))).status == 201
    assert service.get(HEALTH).status == 200
    service.check()


@on_the_disk
def test_a_key_is_free_again_after_a_full_disk(service: SmallService):
    form, once = file_form(pdf(100_000)), {"idempotency_key": "a"}
    service.disk.fill()
    assert_full(service.post(form, announced=False, **once))
    service.disk.make_room()
    made = [service.post(form, announced=False, **once) for _ in range(2)]
    assert [reply.status for reply in made] == [201, 201]
    assert Document.objects.count() == 1
    service.check()


@on_the_disk
def test_the_page_of_a_browser(service: SmallService, owner: Person):
    headers, token = page_headers(owner)
    once = part("once", b"one-click")
    service.key, headers["accept"] = "", "text/html"
    form = token + once + part("files", pdf(MEBIBYTE), "a.pdf") + END
    service.disk.fill(but_bytes=MEBIBYTE // 2)
    for announced in (True, False):
        reply = service.post(form, announced=announced, **headers)
        assert (reply.status, reply.body.count(b"<h1")) == (507, 1)
        assert b"No room at the moment" in reply.body
        service.check()
    assert not Document.objects.exists()
    service.disk.make_room()
    # The very same form, as a browser sends it when its page is loaded again.
    assert service.post(form, **headers).status == 302
    service.check()


@on_the_disk
def test_uploads_that_fill_it_together(service: SmallService):
    """Each finds room when it begins: which of them end well is theirs to settle."""
    forms = [file_form(pdf(3 * MEBIBYTE)) for _ in range(12)]
    with ThreadPoolExecutor(12) as senders:
        replies = list(senders.map(lambda form: service.post(form, announced=False), forms))
    count = Counter(reply.status for reply in replies)
    assert set(count) <= {201, 507} and 1 <= count[507] and count[201] <= 5
    assert Document.objects.count() == count[201]
    service.check()


@everywhere
def test_a_copy_that_finds_no_room(service: SmallService):
    """The job tries again later; its half-written copy is gone at once."""
    form = mark_form(make_pdf(200))
    first, last = (json.loads(service.post(form, path=MARK).body)["id"] for _ in range(2))
    Job.objects.filter(pk=last).update(attempt=2)
    service.disk.fill()
    waiting, failed = service.attempt(first), service.attempt(last)
    assert (waiting.state, waiting.attempt) == ("queued", 1)
    assert (failed.state, failed.error_code, failed.error_retryable) == (
        "failed",
        "storage_full",
        True,
    )
    service.check()
    service.disk.make_room()
    ended = service.attempt(first)
    assert (ended.state, ended.attempt) == ("succeeded", 2)
    assert service.get(f"/api/v1/jobs/{first}/result/").body.startswith(b"%PDF-")
    assert Blob.objects.count() == 3
    service.check()


def test_the_store_without_inodes_or_blocks(tmp_path: Path):
    """Every step of committing meets the end of the disk once."""
    command = ("-m", "documents.tests.storage.commit_until_full")
    directory = tmp_path / "disk"
    data = {"COUNTERMARK_DATA_DIR": str(directory)}
    with running_on_small_disk(directory, MEBIBYTE, *command, inodes=40, **data) as disk:
        wait_until(lambda: (disk.root / "report").exists())
        report = json.loads((disk.root / "report").read_text())
    assert report["committed"] >= 5
    assert report["refused"] == "StorageFull"
    assert report["files"] == report["committed"]
    assert report["after_a_delete"] == "committed"


@everywhere
def test_a_resumable_upload_goes_on_when_there_is_room(service: SmallService):
    """What did fit counts, to the byte, and nothing has to be sent again."""
    tus, content = Tus(service.port, service.key), pdf(6 * MEBIBYTE)
    path = tus.create(len(content), content[:MEBIBYTE])
    service.disk.fill(but_bytes=2 * MEBIBYTE)
    with tus.begin_sending(path, MEBIBYTE, None) as wire:
        assert_full(wire.send(chunk(content[MEBIBYTE:]), b"0\r\n\r\n").answer())
    kept = tus.offset(path)
    assert 2 * MEBIBYTE < kept <= 3 * MEBIBYTE
    assert_full(tus.send(path, kept, content[kept:]))
    assert_full(tus.ask("POST", UPLOADS, upload_length=MEBIBYTE))
    assert tus.offset(path) == kept
    service.disk.make_room()
    assert tus.send(path, kept, content[kept:]).status == 204
    body = json.dumps({"upload_id": path.split("/")[-2]}).encode()
    made = tus.ask("POST", API, body, content_type="application/json")
    assert made.status == 201, made.body
    assert json.loads(made.body)["sha256"] == hashlib.sha256(content).hexdigest()
    service.check()


@on_the_disk
def test_checked_bytes_that_do_not_fit_leave_nothing(service: SmallService):
    tus, content = Tus(service.port, service.key), pdf(6 * MEBIBYTE)
    path = tus.create(len(content), content[:MEBIBYTE])
    service.disk.fill(but_bytes=2 * MEBIBYTE)
    rest = content[MEBIBYTE:]
    with tus.begin_sending(path, MEBIBYTE, None, upload_checksum=checksum(rest)) as wire:
        assert_full(wire.send(chunk(rest), b"0\r\n\r\n").answer())
    assert tus.offset(path) == MEBIBYTE
    service.disk.make_room()
    assert tus.send(path, MEBIBYTE, rest, upload_checksum=checksum(rest)).status == 204
