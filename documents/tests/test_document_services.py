"""Creating and deleting documents; names."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import OutboxEvent
from accounts.principal import InsufficientScope
from accounts.tests.cast import Person
from config.errors import Invalid
from config.upload_form import StagedFile
from documents.models import Blob, Document, Job
from documents.queries import DocumentMissing
from documents.services.documents import (
    UnsupportedFormat,
    create_document,
    delete_document,
    purge_deleted,
)
from documents.services.jobs import submit_job
from documents.services.names import clean_file_name, clean_title
from documents.storage import blob_store
from documents.tests.factories import make_document, make_pdf, make_spec


def stage(content: bytes, name: str = "offer.pdf") -> StagedFile:
    staged = blob_store().stage()
    staged.write([content])
    staged.close()
    return StagedFile(staged.path, name, "text/plain", staged.size_bytes, staged.sha256)


def blobs(blob_dir: Path) -> list[Path]:
    return [path for path in blob_dir.glob("??/??/*") if path.is_file()]


pytestmark = pytest.mark.usefixtures("blob_dir")


@pytest.mark.django_db
def test_a_document_its_bytes_and_its_event(owner: Person, blob_dir: Path):
    content = make_pdf()
    staged = stage(content, "C:\\Users\\me\\Offer 2026.PDF")
    document = create_document(principal=owner.principal, staged=staged)
    assert (document.title, document.file_name) == ("Offer 2026", "Offer 2026.PDF")
    assert (document.content_type, document.created_by) == ("application/pdf", owner.user)
    assert (document.blob.sha256, document.blob.size_bytes) == (staged.sha256, len(content))
    assert [path.read_bytes() for path in blobs(blob_dir)] == [content]
    assert not staged.path.exists()
    event = OutboxEvent.objects.get()
    assert (event.type, event.subject) == ("document.created", f"document:{document.id}")


@pytest.mark.django_db
def test_the_header_may_come_a_little_late(owner: Person):
    late = b"\n" * 8000 + b"%PDF-1.4\n"
    assert create_document(principal=owner.principal, staged=stage(late)).pk
    for content in (b"", b"\0" * 8192 + b"%PDF-1.4", b"<html>", b"\x7fELF"):
        with pytest.raises(UnsupportedFormat):
            create_document(principal=owner.principal, staged=stage(content))


@pytest.mark.django_db
def test_who_only_reads_creates_and_deletes_nothing(owner: Person, viewer: Person, blob_dir: Path):
    document = make_document(owner.tenant)
    with pytest.raises(InsufficientScope):
        create_document(principal=viewer.principal, staged=stage(make_pdf()))
    with pytest.raises(InsufficientScope):
        delete_document(principal=viewer.principal, document=document)
    assert len(blobs(blob_dir)) == 1


@pytest.mark.django_db
def test_no_rows_no_bytes(owner: Person, blob_dir: Path):
    """The database refuses the row for its hash."""
    staged = replace(stage(make_pdf()), sha256="not a hash")
    with pytest.raises(IntegrityError):
        create_document(principal=owner.principal, staged=staged)
    assert not Document.objects.exists()
    assert blobs(blob_dir) == []


@pytest.mark.django_db(transaction=True)
def test_no_bytes_no_rows(owner: Person, blob_dir: Path):
    staged = stage(make_pdf())
    for number in range(256):  # where every blob's directory would have to be made
        (blob_dir / f"{number:02x}").touch()
    with pytest.raises(OSError, match="exists|directory"):
        create_document(principal=owner.principal, staged=staged)
    assert not Document.objects.exists()
    assert not Blob.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db
def test_titles_are_cleaned_and_never_empty(owner: Person):
    def create(title: str | None, name: str = "a.pdf") -> str:
        staged = stage(make_pdf(), name)
        return create_document(principal=owner.principal, staged=staged, title=title).title

    assert create("  Offer\x00\n for\tyou ") == "Offer for you"
    assert create("x" * 300) == "x" * 255
    assert create(None, "") == "document"
    for empty in ("", " \x00 "):
        with pytest.raises(Invalid) as caught:
            create(empty)
        assert caught.value.problems[0]["loc"] == ["body", "title"]


@pytest.mark.django_db
def test_another_tenants_document_cannot_be_deleted(owner: Person, stranger: Person):
    document = make_document(owner.tenant)
    with pytest.raises(DocumentMissing):
        delete_document(principal=stranger.principal, document=document)
    document.refresh_from_db()
    assert document.deleted_at is None


@pytest.mark.django_db
def test_delete_takes_the_row_first_and_then_the_bytes(
    owner: Person, blob_dir: Path, django_capture_on_commit_callbacks
):
    document = make_document(owner.tenant)
    with django_capture_on_commit_callbacks() as callbacks:
        delete_document(principal=owner.principal, document=document)
    assert not Document.objects.visible_to(owner.principal).exists()
    assert len(blobs(blob_dir)) == 1
    for callback in callbacks:
        callback()
    assert blobs(blob_dir) == []
    assert not Blob.objects.exists()
    document.refresh_from_db()
    assert document.blob is None
    assert OutboxEvent.objects.get().type == "document.deleted"
    with pytest.raises(DocumentMissing):
        delete_document(principal=owner.principal, document=document)


@pytest.mark.django_db
def test_delete_stops_what_has_not_ended(owner: Person):
    document = make_document(owner.tenant)
    waiting, running, ended = (
        submit_job(principal=owner.principal, document=document, spec=make_spec()) for _ in range(3)
    )
    Job.objects.filter(pk=running.pk).update(
        state="running", lease_token=uuid.uuid4(), lease_until=Now()
    )
    Job.objects.filter(pk=ended.pk).update(state="failed", error_code="no_text", finished_at=Now())
    delete_document(principal=owner.principal, document=document)
    for job in (waiting, running, ended):
        job.refresh_from_db()
    assert (waiting.state, waiting.seq) == ("cancelled", 1)
    assert waiting.finished_at is not None
    assert (running.state, running.cancel_requested_at is not None) == ("running", True)
    assert (ended.state, ended.seq) == ("failed", 0)
    told = OutboxEvent.objects.filter(type="job.cancelled").values_list("subject", flat=True)
    assert list(told) == [f"job:{waiting.id}"]


@pytest.mark.django_db
def test_what_a_crash_left_is_purged_later(owner: Person, blob_dir: Path):
    for _ in range(3):
        make_document(owner.tenant, deleted_at=timezone.now())
    kept = make_document(owner.tenant)
    assert purge_deleted(limit=2) == 2
    assert purge_deleted() == 1
    assert purge_deleted() == 0
    assert blobs(blob_dir) == [blob_store().path(kept.blob_id)]


@pytest.mark.django_db(transaction=True)
def test_several_may_purge_at_once(owner: Person, blob_dir: Path):
    for _ in range(12):
        make_document(owner.tenant, deleted_at=timezone.now())

    def purge() -> int:
        try:
            return purge_deleted()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as purgers:
        counts = list(purgers.map(lambda _: purge(), range(4)))
    assert sum(counts) == 12
    assert blobs(blob_dir) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a b.pdf", "a b.pdf"),
        ("a\x00\r\nb.pdf", "a b.pdf"),
        ("  .pdf ", ".pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        ("dir/", "document.pdf"),
        ("re\u0301sume\u0301.pdf", "résumé.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("👩\u200d💻.pdf", "👩\u200d💻.pdf"),
        ("\ud800.pdf", ".pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_file_names(given: str, kept: str):
    assert clean_file_name(given) == kept


def test_titles_are_one_line():
    assert clean_title("\u2066a\u2028b\x85c\u3000d") == "a b c d"
