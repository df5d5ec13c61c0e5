"""The guide to resumable uploads, run as it stands; its client is a foreign one (tuspy)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config.tests.serving import Serving
from documents.models import Document, ResumableUpload
from documents.storage import resumable_files
from documents.tests.factories import make_pdf
from documents.tests.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = (ROOT / "docs/resumable-uploads.md").read_text()
PDF = make_pdf(3) + os.urandom(20_000_000)


def blocks(language: str, live: Serving) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.S | re.M)
    return "\n".join(found).replace("https://countermark.example", live.url)


def run(owner: Person, directory: Path, *command: str) -> str:
    (directory / "contract.pdf").write_bytes(PDF)
    environment = {**os.environ, "COUNTERMARK_KEY": make_api_key(owner.tenant)[1]}
    done = subprocess.run(
        command, cwd=directory, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_with_curl(live: Serving, owner: Person, tmp_path: Path) -> None:
    run(owner, tmp_path, "bash", "-euo", "pipefail", "-c", blocks("sh", live))
    document = Document.objects.select_related("blob").get()
    assert document.blob.sha256 == hashlib.sha256(PDF).hexdigest()
    assert json.loads((tmp_path / "document.json").read_text())["id"] == str(document.pk)
    assert (document.title, document.file_name) == ("Contract", "contract.pdf")


def test_with_python(live: Serving, owner: Person, tmp_path: Path) -> None:
    url = run(owner, tmp_path, sys.executable, "-c", blocks("python", live)).strip()
    upload = ResumableUpload.objects.get()
    assert url == f"{live.url}/api/v1/uploads/{upload.pk}/"
    assert resumable_files().path(upload.pk).read_bytes() == PDF


def test_a_foreign_client_goes_on_where_it_was(live: Serving, owner: Person, tmp_path: Path):
    from tusclient.client import TusClient

    (tmp_path / "contract.pdf").write_bytes(PDF)
    headers = {"Authorization": f"Bearer {make_api_key(owner.tenant)[1]}"}
    client = TusClient(f"{live.url}/api/v1/uploads/", headers=headers)
    path = str(tmp_path / "contract.pdf")
    first = client.uploader(path, chunk_size=3_000_000)
    first.upload(stop_at=9_000_000)
    second = client.uploader(path, url=first.url, chunk_size=5_000_000)
    assert second.offset == 9_000_000
    second.upload()
    upload = ResumableUpload.objects.get()
    assert resumable_files().path(upload.pk).read_bytes() == PDF
