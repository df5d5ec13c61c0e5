"""Resumable uploads: how they become documents, once, and how they end."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from accounts.principal import InsufficientScope, Rates
from accounts.services.rates import RateExceeded
from accounts.tests.cast import Person
from accounts.tests.factories import make_principal
from documents.models import Blob, Document, ResumableUpload
from documents.queries import UploadMissing, upload_for
from documents.relay.orphans import collect_orphans
from documents.services import uploads
from documents.services.documents import UnsupportedFormat, delete_document
from documents.services.uploads import (
    TooManyOpenUploads,
    UploadTaken,
    UploadUnfinished,
    collect_upload_files,
    create_upload,
    delete_upload,
    document_of_upload,
    expire_uploads,
    extend_upload,
)
from documents.storage import UploadLocked, blob_store, resumable_files
from documents.tests.factories import make_pdf, make_upload
from documents.tests.processes import in_threads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("blob_dir")]
PDF = make_pdf(3)


def whole(owner: Person, content: bytes = PDF) -> ResumableUpload:
    return make_upload(owner.tenant, content=content, size_bytes=len(content))


def files_of(blob_dir: Path) -> list[Path]:
    return [path for path in blob_dir.rglob("*") if path.is_file()]


def test_a_finished_upload_becomes_a_document(owner: Person, blob_dir: Path) -> None:
    upload = whole(owner)
    document, is_new = document_of_upload(
        principal=owner.principal, upload_id=upload.pk, title="Mine"
    )
    assert (document.title, document.file_name, is_new) == ("Mine", upload.file_name, True)
    assert document.blob is not None
    assert document.blob.sha256 == hashlib.sha256(PDF).hexdigest()
    assert [path.read_bytes() for path in files_of(blob_dir)] == [PDF]
    assert upload_for(owner.principal, upload.pk).document == document


def test_asked_again_it_is_the_same_document(owner: Person) -> None:
    upload = whole(owner)
    first, _ = document_of_upload(principal=owner.principal, upload_id=upload.pk)
    second = document_of_upload(principal=owner.principal, upload_id=upload.pk, title="Other")
    assert second == (first, False)
    delete_document(principal=owner.principal, document=first)
    with pytest.raises(UploadTaken):
        document_of_upload(principal=owner.principal, upload_id=upload.pk)


def test_many_at_once_make_one_document(owner: Person, blob_dir: Path) -> None:
    upload, made = whole(owner), []
    principal = owner.principal
    threads = in_threads(
        lambda: made.append(document_of_upload(principal=principal, upload_id=upload.pk)), 8
    )
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert sum(is_new for _, is_new in made) == 1
    assert (Document.objects.count(), Blob.objects.count()) == (1, 1)
    assert len(files_of(blob_dir)) == 1


def test_what_is_no_document_stays_an_upload(owner: Person, blob_dir: Path) -> None:
    short = make_upload(owner.tenant, content=PDF, size_bytes=len(PDF) + 1)
    with pytest.raises(UploadUnfinished, match="1 bytes are missing"):
        document_of_upload(principal=owner.principal, upload_id=short.pk)
    other = whole(owner, b"MZ" + bytes(1000))
    with pytest.raises(UnsupportedFormat):
        document_of_upload(principal=owner.principal, upload_id=other.pk)
    assert len(files_of(blob_dir)) == 2
    assert not Document.objects.exists()


def test_who_writes_is_waited_for(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.1)
    upload = whole(owner)
    with resumable_files().open(upload.pk), pytest.raises(UploadLocked):
        document_of_upload(principal=owner.principal, upload_id=upload.pk)
    assert document_of_upload(principal=owner.principal, upload_id=upload.pk)[1]


def test_a_failed_commit_leaves_the_upload(
    owner: Person, blob_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = whole(owner)

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("documents.services.documents._write_rows", fail)
        document_of_upload(principal=owner.principal, upload_id=upload.pk)
    assert [path.read_bytes() for path in files_of(blob_dir)] == [PDF]
    assert document_of_upload(principal=owner.principal, upload_id=upload.pk)[1]


def test_strangers_see_no_upload(owner: Person, stranger: Person) -> None:
    upload = whole(owner)
    for ask in (extend_upload, delete_upload, document_of_upload):
        with pytest.raises(UploadMissing):
            ask(principal=stranger.principal, upload_id=upload.pk)
    viewer = make_principal("viewer", tenant=owner.tenant)
    for ask in (extend_upload, delete_upload, document_of_upload):
        with pytest.raises(InsufficientScope):
            ask(principal=viewer, upload_id=upload.pk)
    assert resumable_files().offset(upload.pk) == len(PDF)


def test_so_many_may_be_open(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly so many, however many ask at once; what has become a document does not count."""
    monkeypatch.setattr(uploads, "OPEN_MAX", 3)
    principal, refused = owner.principal, []
    document_of_upload(principal=principal, upload_id=whole(owner).pk)

    def open_one() -> None:
        try:
            create_upload(principal=principal, size_bytes=10, file_name="a.pdf")
        except TooManyOpenUploads as error:
            refused.append(error)

    for thread in in_threads(open_one, 8):
        thread.join()
    assert (len(refused), ResumableUpload.objects.filter(document=None).count()) == (5, 3)
    assert len(list(resumable_files().iter_ids())) == 3


def test_opening_counts_as_an_upload(owner: Person) -> None:
    writer = replace(owner.principal, rates=Rates(uploads=1))
    create_upload(principal=writer, size_bytes=10, file_name="a.pdf")
    with pytest.raises(RateExceeded):
        create_upload(principal=writer, size_bytes=10, file_name="a.pdf")
    assert ResumableUpload.objects.count() == 1


def test_going_on_gives_the_full_time_again(owner: Person) -> None:
    upload = make_upload(owner.tenant, expires_at=timezone.now() + timedelta(minutes=1))
    assert extend_upload(principal=owner.principal, upload_id=upload.pk).expires_at > (
        timezone.now() + timedelta(hours=23)
    )


def test_what_is_over_is_unknown_and_removed(owner: Person, blob_dir: Path) -> None:
    over = make_upload(owner.tenant, content=b"x", expires_at=timezone.now())
    kept = whole(owner)
    with pytest.raises(UploadMissing):
        extend_upload(principal=owner.principal, upload_id=over.pk)
    assert (expire_uploads(), expire_uploads()) == (1, 0)
    assert ResumableUpload.objects.get() == kept
    assert files_of(blob_dir) == [resumable_files().path(kept.pk)]


def test_a_document_outlives_its_upload(owner: Person) -> None:
    upload = whole(owner)
    document, _ = document_of_upload(principal=owner.principal, upload_id=upload.pk)
    delete_upload(principal=owner.principal, upload_id=upload.pk)
    assert Document.objects.get() == document
    assert document.blob and blob_store().size(document.blob.pk) == len(PDF)


def test_crashes_leave_nothing_for_good(owner: Person, blob_dir: Path) -> None:
    """A file whose document is there, and one that never got its row."""
    taken, orphan, young = whole(owner), make_upload(), make_upload()
    kept = resumable_files().path(taken.pk).read_bytes()
    document_of_upload(principal=owner.principal, upload_id=taken.pk)
    resumable_files().path(taken.pk).write_bytes(kept)
    for upload in (orphan, young):
        ResumableUpload.objects.filter(pk=upload.pk).delete()
    days = time.time() - 90_000
    os.utime(resumable_files().path(orphan.pk), (days, days))
    assert collect_upload_files() == 2
    assert list(resumable_files().iter_ids()) == [young.pk]
    assert collect_orphans() == 0


def test_the_staging_areas_tidying_leaves_uploads_alone(owner: Person) -> None:
    upload, hours = whole(owner), time.time() - 30_000
    os.utime(resumable_files().path(upload.pk), (hours, hours))
    blob_store().stage().discard()
    blob_store().collect_stale_staged(timedelta())
    assert collect_orphans() == 0
    connection.close()
    assert resumable_files().offset(upload.pk) == len(PDF)
