"""One call from bytes to a queued job."""

from __future__ import annotations

from django.db import transaction

from accounts.principal import Principal
from config.upload_form import StagedFile
from documents.models import Job
from documents.services.documents import create_document
from documents.services.jobs import submit_job
from documents.watermark.spec import WatermarkSpec


def mark_upload(
    *,
    principal: Principal,
    staged: StagedFile,
    spec: WatermarkSpec,
    title: str | None = None,
    webhook_url: str = "",
) -> Job:
    """Keep an uploaded file as a document and ask for it to be marked, both or neither.

    Raises what ``create_document`` and ``submit_job`` raise. If the second step fails, the stored
    bytes have no row and are collected as any orphan.
    """
    principal.require("jobs:write")
    with transaction.atomic():
        document = create_document(principal=principal, staged=staged, title=title)
        return submit_job(
            principal=principal, document=document, spec=spec, webhook_url=webhook_url
        )
