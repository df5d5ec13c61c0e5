"""What a fresh machine shows first: a workspace with a document to try things on."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.management import call_command

from accounts.demo import OWNER_EMAIL
from accounts.models import Membership
from documents.models import Document
from documents.services.sample import TITLE, sample_pdf
from documents.storage import blob_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def directory(blob_dir: Path, settings: Any) -> None:
    settings.DATA_DIR = blob_dir.parent
    settings.DEMO_PASSWORD = ""


def prepare() -> str:
    output = io.StringIO()
    call_command("prepare_local", stdout=output)
    return output.getvalue()


def test_the_demo_has_one_document_however_often_it_is_prepared() -> None:
    first = prepare()
    document = Document.objects.get()
    owner = Membership.objects.get(user__email=OWNER_EMAIL)
    assert (document.title, document.tenant_id) == (TITLE, owner.tenant_id)
    with blob_store().local_file(document.blob_id) as path:
        assert path.read_bytes() == sample_pdf()
    assert prepare() == first
    assert Document.objects.count() == 1
    assert len(set(blob_store().iter_ids())) == 1


def test_a_deleted_sample_stays_away() -> None:
    prepare()
    Document.objects.update(deleted_at="2026-11-21T00:00:00Z")
    prepare()
    assert Document.objects.count() == 1


def test_another_library_reads_the_sample() -> None:
    pages = pypdf.PdfReader(io.BytesIO(sample_pdf()), strict=True).pages
    assert len(pages) == 3
    assert "Service agreement" in pages[0].extract_text()
