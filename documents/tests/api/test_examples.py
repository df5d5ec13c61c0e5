"""The examples of the OpenAPI document are what the API answers, not only what it may answer."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.tests.cast import Person
from documents.api.bodies import document_body, job_body, row_of
from documents.api.examples import CONFIG_EXAMPLE, document_example, job_example
from documents.services.jobs import submit_job
from documents.tests.factories import make_document
from documents.watermark.spec import WatermarkSpec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("blob_dir")]
OF_ONE = {"id", "title", "file_name", "size_bytes", "sha256"}
OF_ONE |= {"document_id", "created_at", "download_url"}


def alike(body: dict[str, Any]) -> dict[str, Any]:
    """Return ``body`` without the values that belong to one document or job alone."""
    return {key: None if key in OF_ONE else value for key, value in body.items()}


def test_a_document_just_uploaded(owner: Person) -> None:
    body = document_body(row_of(make_document(owner.tenant)), "")
    assert alike(body) == alike(document_example(page_count=None))


def test_a_job_just_asked_for(owner: Person) -> None:
    spec = WatermarkSpec.parse(CONFIG_EXAMPLE)
    job = submit_job(principal=owner.principal, document=make_document(owner.tenant), spec=spec)
    assert alike(job_body(job, "")) == alike(job_example("queued"))
