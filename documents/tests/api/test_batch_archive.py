"""A batch's archive and manifest: read by foreign programs, whole and in parts."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.tests.factories import make_api_key
from documents.archive import names_of
from documents.batch_queries import item_rows, items_of
from documents.models import BatchItem, Blob, Job
from documents.storage import blob_store
from documents.tests.factories import make_batch
from documents.zip_layout import Entry, ZipLayout


def archive(batch):
    return f"/api/v1/batches/{batch.pk}/archive.zip"


def manifest(api, batch):
    answer = api.get(f"/api/v1/batches/{batch.pk}/manifest.csv")
    return answer, list(csv.DictReader(io.StringIO(answer.content.decode())))


def bytes_of(answer):
    return b"".join(answer.streaming_content)


@pytest.fixture
def done(tenant):
    return make_batch(tenant, items=3, state="completed")


def called(batch, *names):
    for item, name in zip(batch.items.order_by("position"), names, strict=True):
        BatchItem.objects.filter(pk=item.pk).update(file_name=name)
    return batch


def test_foreign_programs_read_it(api, done, tmp_path):
    called(done, "Ünïcode 契約.pdf", "b.pdf", "B.PDF")
    answer = api.get(archive(done))
    whole = bytes_of(answer)
    assert int(answer["Content-Length"]) == len(whole)
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        assert file.testzip() is None
        assert file.namelist() == [
            "Ünïcode 契約-marked.pdf", "b-marked.pdf", "B-marked (2).pdf",
        ]  # fmt: skip
        for name, job in zip(
            file.namelist(), Job.objects.order_by("batch_item__position"), strict=True
        ):
            with blob_store().open(job.result_id) as copy:
                assert file.read(name) == copy.read()
    path = tmp_path / "batch.zip"
    path.write_bytes(whole)
    for program in (["unzip", "-tq"], ["bsdtar", "-tf"], ["7z", "t"]):
        if shutil.which(program[0]):
            subprocess.run([*program, path], check=True, capture_output=True)


def test_a_server_sends_it_whole(live, owner):
    """Through the lane that reads files by itself."""
    done = make_batch(owner.tenant, items=3, state="completed")
    with live.connect() as wire:
        key = make_api_key(owner.tenant)[1]
        wire.head("GET", archive(done), authorization=f"Bearer {key}")
        reply = wire.answer()
    assert reply.status == 200
    assert zipfile.ZipFile(io.BytesIO(reply.body)).testzip() is None


def test_any_part_can_be_sent_again(api, done):
    whole = bytes_of(api.get(archive(done)))
    etag = api.head(archive(done))["ETag"]
    assert int(api.head(archive(done))["Content-Length"]) == len(whole)
    for start in (0, 1, 29, 47, 300, len(whole) - 23, len(whole) - 1):
        for stop in (start + 1, start + 400, len(whole) + 9):
            part = api.get(
                archive(done), HTTP_RANGE=f"bytes={start}-{stop - 1}", HTTP_IF_RANGE=etag
            )
            assert part.status_code == 206
            assert bytes_of(part) == whole[start:stop]
            last = min(stop, len(whole)) - 1
            assert part["Content-Range"] == f"bytes {start}-{last}/{len(whole)}"
    assert bytes_of(api.get(archive(done), HTTP_RANGE="bytes=-5")) == whole[-5:]
    behind = api.get(archive(done), HTTP_RANGE=f"bytes={len(whole)}-")
    assert (behind.status_code, behind["Content-Range"]) == (416, f"bytes */{len(whole)}")
    other = api.get(archive(done), HTTP_RANGE="bytes=0-9", HTTP_IF_RANGE='"another"')
    assert (other.status_code, bytes_of(other)) == (200, whole)
    assert api.get(archive(done), HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_copy_that_expires_makes_it_another(api, done):
    first = api.head(archive(done))["ETag"]
    job = Job.objects.all()[0]
    Job.objects.filter(pk=job.pk).update(result=None, result_purged_at=timezone.now())
    answer = api.get(archive(done))
    assert answer["ETag"] != first
    assert len(zipfile.ZipFile(io.BytesIO(bytes_of(answer))).namelist()) == 2
    Job.objects.update(result=None, result_purged_at=timezone.now())
    answer = api.get(archive(done))
    assert (answer.status_code, answer.json()["type"]) == (410, "gone")


def test_checksums_that_nobody_has_counted_yet_are_counted_once(api, done):
    whole = bytes_of(api.get(archive(done)))
    Blob.objects.update(crc32=None)
    assert bytes_of(api.get(archive(done))) == whole
    assert not Blob.objects.filter(job__isnull=False, crc32=None).exists()


def test_not_before_the_end(api, tenant):
    answer = api.get(archive(make_batch(tenant)))
    assert (answer.status_code, answer.json()["type"]) == (409, "batch_not_ready")


HOSTILE = [
    *("../../etc/passwd.pdf", "..\\..\\boot.ini.pdf", "CON.pdf", "nul.txt.pdf", "a.pdf", "A.pdf"),
    *("a-marked (2).pdf", ".hidden.pdf", " . .pdf", 'x<>:"|?*.pdf', "=cmd|'/c calc'!A1.pdf"),
    *("@SUM(A1).pdf", "x" * 251 + ".pdf", "契" * 250 + ".pdf", "a.pdf", "-rf.pdf"),
    *("a;=1+1.pdf", ";;@SUM(A1).pdf"),
]


def test_no_name_does_harm(api, tenant):
    batch = called(make_batch(tenant, items=len(HOSTILE), state="completed"), *HOSTILE)
    names = names_of(item_rows(items_of(batch)))
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert not set(name) & set('<>:"|?*/\\') and name[0] not in " .-"
        assert len(name.encode()) <= 255 and name.endswith(".pdf")
        assert name.partition(".")[0].casefold() not in {"con", "nul"}
    with zipfile.ZipFile(io.BytesIO(bytes_of(api.get(archive(batch))))) as file:
        assert file.namelist() == names
    _, rows = manifest(api, batch)
    assert [row["archive_name"] for row in rows] == names
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]


def test_the_manifest_tells_of_every_item(api, tenant):
    batch = make_batch(tenant, items=2, state="completed")
    item = batch.items.get(position=2)
    BatchItem.objects.filter(pk=item.pk).update(
        client_ref="=1+1", job=None, document=None, error_code="unsupported_format"
    )
    answer, (first, second) = manifest(api, batch)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    job = Job.objects.get(batch_item__position=1)
    assert (first["item"], first["state"], first["sha256"]) == ("1", "succeeded", job.result.sha256)
    assert first["url"] == f"http://testserver/api/v1/jobs/{job.pk}/result/"
    assert (second["client_ref"], second["error_code"]) == ("'=1+1", "unsupported_format")
    assert (second["state"], second["url"]) == ("failed", "")


class Sparse(io.RawIOBase):
    """A file of zeros with a layout's own bytes in it, as long as the layout says."""

    def __init__(self, layout: ZipLayout[str]) -> None:
        self.layout, self.at = layout, 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.layout.size_bytes)[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        stop = self.layout.size_bytes if size < 0 else min(self.at + size, self.layout.size_bytes)
        pieces = [
            each.content[each.offset : each.offset + each.length]
            if isinstance(each.content, bytes)
            else bytes(each.length)
            for each in self.layout.stretches(self.at, stop)
        ]
        self.at = max(self.at, stop)
        return b"".join(pieces)


GIB = 1 << 30


@pytest.mark.parametrize(
    "sizes", [[5 * GIB], [4 * GIB - 1], [3 * GIB, 3 * GIB, 10], [10, 4 * GIB, 20]], ids=str
)
def test_beyond_four_gibibytes_numbers_have_64_bits(sizes, tmp_path):
    entries = [
        Entry(f"{index}.pdf", size, zlib.crc32(bytes(size)) if size < 99 else 7, "")
        for index, size in enumerate(sizes)
    ]
    layout = ZipLayout(entries, datetime(2026, 11, 21, 9, 30, 2, tzinfo=UTC))
    with zipfile.ZipFile(Sparse(layout)) as file:
        infos = file.infolist()
        assert [info.file_size for info in infos] == sizes
        assert infos[-1].date_time == (2026, 11, 21, 9, 30, 2)
        for info in infos:
            with file.open(info) as content:
                assert content.read(4) == bytes(4)
    starts = [info.header_offset for info in infos]
    assert starts == sorted(starts) and layout.size_bytes > sum(sizes)
    if shutil.which("unzip") and shutil.disk_usage(tmp_path).total:
        path = tmp_path / "sparse.zip"
        with path.open("wb") as out:
            at = 0
            for each in layout.stretches(0, layout.size_bytes):
                out.seek(at)
                if isinstance(each.content, bytes):
                    out.write(each.content[each.offset : each.offset + each.length])
                at += each.length
        listed = subprocess.run(["unzip", "-lq", path], check=True, capture_output=True, text=True)
        assert str(sum(sizes)) in listed.stdout


def test_more_entries_than_sixteen_bits_count():
    entries = [Entry(f"{index}.pdf", 0, 0, "") for index in range(66_000)]
    layout = ZipLayout(entries, datetime(1970, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(Sparse(layout)) as file:
        assert len(file.infolist()) == 66_000
