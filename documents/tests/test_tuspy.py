"""tuspy, the protocol's reference client for Python, while its server is killed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from tusclient.client import TusClient

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from documents.models import ResumableUpload
from documents.services.uploads import document_of_upload
from documents.tests.factories import make_pdf
from documents.tests.killable import bytes_in, killable_web

MEBIBYTE = 1024 * 1024
PIECE = 4 * MEBIBYTE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_checked", [False, True], ids=["plain", "with checksums"])
def test_it_goes_on_through_two_kills(
    owner: Person, blob_dir: Path, tmp_path: Path, is_checked: bool
) -> None:
    content = make_pdf(2) + os.urandom(40 * MEBIBYTE)
    file = tmp_path / "contract.pdf"
    file.write_bytes(content)
    headers = {"Authorization": f"Bearer {make_api_key(owner.tenant)[1]}"}
    with killable_web() as web:
        client = TusClient(f"{web.url}/api/v1/uploads/", headers=headers)
        uploader = client.uploader(
            str(file), chunk_size=PIECE, retries=200, retry_delay=0.3, upload_checksum=is_checked
        )
        offsets = (9 * MEBIBYTE, 23 * MEBIBYTE)
        with web.killed_at(*offsets, arrived=lambda: bytes_in(blob_dir)):
            uploader.upload()
        assert (web.kills, uploader.offset) == (2, len(content))
    upload = ResumableUpload.objects.get()
    document, is_new = document_of_upload(principal=owner.principal, upload_id=upload.pk)
    assert is_new
    assert document.blob.sha256 == hashlib.sha256(content).hexdigest()
