"""Documents that are written from text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import Tenant
from accounts.principal import Principal
from accounts.services.rates import take
from config.errors import Invalid, Unavailable
from config.upload_form import StagedFile
from documents.formats.kinds import DocumentFormat
from documents.formats.text import check_content
from documents.formats.writing import MOST_CHARACTERS
from documents.models import Document
from documents.sandbox.errors import EngineCrashed
from documents.sandbox.limits import MIB, SandboxLimits
from documents.sandbox.run import run_writer
from documents.services.documents import checked_title, keep
from documents.services.names import file_name_of
from documents.storage import blob_store
from documents.watermark.errors import UnsupportedText, WatermarkError

FORMATS = (DocumentFormat.PDF, DocumentFormat.DOCX, DocumentFormat.TXT)
# As an upload's view may take: what is beyond it is no honest text.
SECONDS = 20.0
MOST_TARGET_BYTES = 64 * MIB
# XML has no place for them (XML 1.0, 2.2), and no font draws them.
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def write_document(
    *, principal: Principal, title: str, content: str, format: DocumentFormat
) -> Document:
    """Write ``content`` as a document of a format of ``FORMATS``.

    Raises Invalid (the title; content that is too long or that cannot be drawn),
    InsufficientScope, RateExceeded, Unavailable, StorageFull and StorageAway.
    """
    principal.require("documents:write")
    take(principal=principal, what="uploads")
    title = checked_title(title)
    problems = _problems(title, content, format)
    if problems:
        raise Invalid(problems=problems)
    staged = blob_store().stage()
    try:
        page_count = None
        if format is DocumentFormat.TXT:
            staged.write([content.encode()])
        else:
            page_count = _written(staged.path, principal, title, content, format) or None
            staged.measure()
        staged.close()
        file = StagedFile(staged.path, "", format.media_type, staged.size_bytes, staged.sha256)
        return keep(
            principal,
            file,
            format,
            file_name=file_name_of(title, format.value),
            title=title,
            page_count=page_count,
        )
    finally:
        staged.discard()


def _written(
    path: Path, principal: Principal, title: str, content: str, format: DocumentFormat
) -> int:
    """Have the document written in the sandbox; tell its pages, 0 where nobody counts them."""
    tenant = Tenant.objects.only("max_pages").get(pk=principal.tenant_id)
    limits = SandboxLimits(
        wall_seconds=min(SECONDS, settings.JOB_MAX_SECONDS),
        cpu_seconds=int(SECONDS),
        output_bytes=MOST_TARGET_BYTES,
        max_pages=tenant.max_pages,
    )
    try:
        outcome = run_writer(
            target=path, title=title, content=content, format=format, limits=limits
        )
    except EngineCrashed as error:
        raise Unavailable("The document could not be written. Please try again.") from error
    except WatermarkError as error:
        raise Invalid(problems=[_problem(error.message, error.code)]) from error
    return outcome.pages


def _problems(title: str, content: str, format: DocumentFormat) -> list[dict[str, Any]]:
    problems = []
    if len(content) > MOST_CHARACTERS:
        message = f"String should have at most {MOST_CHARACTERS} characters"
        problems.append(_problem(message, "string_too_long", max_length=MOST_CHARACTERS))
    elif found := CONTROLS.search(content):
        message = f"Content has a character that no document can have: U+{ord(found[0]):04X}"
        problems.append(_problem(message, "string_control_character"))
    if problems or format is not DocumentFormat.PDF:
        return problems
    for field, text in (("title", title), ("content", content)):
        try:
            check_content(text)
        except UnsupportedText as error:
            characters = list(error.characters)
            problems.append(_problem(str(error), error.code, field, characters=characters))
    return problems


def _problem(message: str, type: str, field: str = "content", **context: Any) -> dict[str, Any]:
    problem = {"loc": ["body", field], "msg": message, "type": type}
    return {**problem, "ctx": context} if context else problem
