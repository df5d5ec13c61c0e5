"""The generated Python client: whole, of this version, installable, and it speaks to the server."""

from __future__ import annotations

import compileall
import importlib
import io
import json
import re
import subprocess
import sys
import tomllib
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from accounts.tests.cast import Person
from accounts.tests.factories import make_api_key
from config import __version__
from config.tests.conformance import openapi, operations
from config.tests.serving import Serving
from documents.tests.clients.python_client import HOME, python_client
from documents.tests.conftest import Queue
from documents.tests.factories import make_pdf
from documents.tests.guides.programs import programs_of
from documents.tests.guides.stage import run_program, set_stage
from documents.tests.test_worker import worker

on_a_server = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def package() -> Path:
    return python_client() / "countermark_client"


def test_its_version_is_the_products() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


def test_it_compiles_and_has_every_operation(package: Path) -> None:
    assert compileall.compile_dir(package, quiet=2)
    for _, _, operation in operations():
        module = re.sub("(?=[A-Z])", "_", operation["operationId"]).lower()
        tag = operation["tags"][0].lower().replace(" ", "_")
        found = importlib.import_module(f"countermark_client.api.{tag}.{module}")
        assert found.sync_detailed and found.asyncio_detailed


def test_it_is_made_anew_only_when_something_changed(package: Path) -> None:
    generate = importlib.import_module("generate")
    assert (package / "generated_from.txt").read_text() == generate.fingerprint()
    assert not generate.generate()


def test_answers_may_get_new_values(package: Path) -> None:
    generate = importlib.import_module("generate")
    schemas = generate.adapted(json.loads(json.dumps(openapi())))["components"]["schemas"]
    assert "enum" not in schemas["HealthStatus"]
    assert "queued" in schemas["JobState"].get("enum", [schemas["JobState"]["description"]])[0]
    assert "enum" in schemas["WatermarkPosition"]


@on_a_server
def test_no_file_can_end_its_part_of_a_form(live: Serving, owner: Person) -> None:
    from countermark_client import AuthenticatedClient
    from countermark_client.api.documents import upload_document
    from countermark_client.models import DocumentUploadForm
    from countermark_client.types import File

    field = b'\r\n--+++\r\nContent-Disposition: form-data; name="title"\r\n\r\nTheirs\r\n--+++--'
    body = make_pdf() + field
    _, key = make_api_key(owner.tenant)
    with AuthenticatedClient(base_url=live.url, token=key) as client:
        form = DocumentUploadForm(file=File(io.BytesIO(body), "hostile.pdf"))
        document: Any = upload_document.sync(client=client, body=form)
    assert (document.size_bytes, document.title) == (len(body), "hostile")


@pytest.mark.long
def test_it_is_packed_as_a_wheel_that_needs_nothing_of_ours(package: Path, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    subprocess.run(command, cwd=HOME, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("countermark_client-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "countermark_client/api/jobs/get_job.py" in names
    assert not [name for name in names if not name.startswith("countermark_client")]


@on_a_server
def test_its_readme(live: Serving, owner: Person, queue: Queue, tmp_path: Path) -> None:
    program = programs_of("clients/python/README", (HOME / "README.md").read_text())["python"]
    stage = set_stage(tenant=owner.tenant, url=live.url, directory=tmp_path)
    with worker():
        run_program(program, stage)


@pytest.fixture
def client(live: Serving, owner: Person) -> Any:
    from countermark_client import AuthenticatedClient

    with AuthenticatedClient(base_url=live.url, token=make_api_key(owner.tenant)[1]) as client:
        yield client


@on_a_server
def test_a_day_of_an_integrator(client: Any) -> None:
    from countermark_client import models
    from countermark_client.api.auth import get_who_am_i
    from countermark_client.api.documents import get_document, list_documents, upload_document
    from countermark_client.api.jobs import cancel_job, list_jobs
    from countermark_client.api.watermarking import watermark_document
    from countermark_client.types import File

    assert get_who_am_i.sync(client=client).tenant.name == "Acme"
    form = models.DocumentUploadForm(file=File(make_pdf(), "offer.pdf"), title="Offer")
    key = str(uuid.uuid4())
    stored = upload_document.sync(client=client, body=form, idempotency_key=key)
    form = models.DocumentUploadForm(file=File(make_pdf(), "offer.pdf"), title="Offer")
    again = upload_document.sync_detailed(client=client, body=form, idempotency_key=key)
    assert again.parsed == stored
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [each.title for each in list_documents.sync(client=client).results] == ["Offer"]
    config = models.JobRequest(watermark_text="DRAFT", opacity=0.2, position="tile")
    job = watermark_document.sync(document_id=stored.id, client=client, body=config)
    assert job.config.position == "tile"
    assert cancel_job.sync(job_id=job.id, client=client).state == "cancelled"
    assert [each.id for each in list_jobs.sync(client=client, state="cancelled").results] == [
        job.id
    ]
    unknown = get_document.sync(document_id=uuid.uuid4(), client=client)
    assert (unknown.status, unknown.type_) == (404, "not_found")
    config = models.JobRequest(watermark_text="x", opacity=7)
    bad = watermark_document.sync(document_id=stored.id, client=client, body=config)
    assert isinstance(bad, models.ValidationProblem)
    assert bad.detail[0].loc == ["body", "opacity"]


@on_a_server
def test_a_resumable_upload(client: Any) -> None:
    from countermark_client import models
    from countermark_client.api.documents import upload_document
    from countermark_client.api.uploads import append_to_upload, create_upload
    from countermark_client.types import File

    content = make_pdf(50)
    version = {"tus_resumable": "1.0.0"}
    upload = create_upload.sync(client=client, upload_length=len(content), **version)
    for at in range(0, len(content), 1000):
        sent = append_to_upload.sync_detailed(
            upload_id=upload.id,
            client=client,
            body=File(content[at : at + 1000]),
            upload_offset=at,
            **version,
        )
        assert sent.status_code == 204
    stored = upload_document.sync(client=client, body=models.FinishedUploadForm(upload.id))
    assert stored.size_bytes == len(content)
