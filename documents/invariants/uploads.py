"""Of resumable uploads: never more bytes than were announced, and none beside the document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.db.models.functions import Now

from config.invariants import Breach, Invariant, Look
from documents.models import ResumableUpload
from documents.storage import resumable_files

# Twice what the relay waits between two looks for what a crash has left.
LEFT_BEHIND = timedelta(minutes=30)
BATCH = 500


def _too_long(_: Look) -> Iterator[Breach]:
    for upload in _with_files():
        offset = _offset_of(upload)
        if offset > upload.size_bytes:
            detail = f"{offset} bytes have arrived, {upload.size_bytes} were announced"
            yield Breach(f"upload:{upload.pk}", detail)


def _taken(_: Look) -> Iterator[Breach]:
    for upload in _with_files(document__created_at__lt=Now() - LEFT_BEHIND):
        if resumable_files().path(upload.pk).exists():
            detail = f"its bytes are still there beside document {upload.document_id}"
            yield Breach(f"upload:{upload.pk}", detail)


def _with_files(**only: object) -> Iterator[ResumableUpload]:
    ids = resumable_files().iter_ids()
    while batch := list(islice(ids, BATCH)):
        yield from ResumableUpload.objects.filter(pk__in=batch, **only)


def _offset_of(upload: ResumableUpload) -> int:
    try:
        return resumable_files().offset(upload.pk)
    except FileNotFoundError:  # it has ended meanwhile
        return 0


INVARIANTS = [
    Invariant(
        "upload_within_length",
        "Of no resumable upload have more bytes arrived than were announced.",
        _too_long,
    ),
    Invariant(
        "upload_or_document",
        "What has become a document half an hour ago has no bytes beside it.",
        _taken,
    ),
]
