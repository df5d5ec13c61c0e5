"""Reading what arrives as forms; every bad field is reported at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict
from rest_framework.request import Request

from accounts.models import Tenant
from config.api.refusals import UnsupportedMediaType
from config.api.shapes import missing_field, not_an_object, repeated_fields
from config.api.translation import Problem
from config.errors import Invalid
from config.upload_form import StagedFile, StagedForm, staged_form
from documents.api.serializers import CallbackForm, DocumentCreate, DocumentForm, FinishedUploadForm
from documents.api.watermark_config import read_fields, read_spec
from documents.formats.kinds import DocumentFormat
from documents.services.specs import PRESET
from documents.watermark.spec import WatermarkSpec

CONFIG = "config"
ABOUT_DOCUMENT = ("title",)
ONE_FILE = "Send multipart/form-data with the document in `file`."


@dataclass(frozen=True, slots=True)
class DocumentUpload:
    """A file and what to call it."""

    file: StagedFile
    title: str | None


@dataclass(frozen=True, slots=True)
class MarkUpload(DocumentUpload):
    """The same and the mark it shall have."""

    spec: WatermarkSpec
    webhook_url: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark, and where the end of the work is told."""

    spec: WatermarkSpec
    webhook_url: str


def read_document_upload(request: Request) -> DocumentUpload:
    """Return the one file and the title; raises ``UnsupportedMediaType`` and ``Invalid``."""
    form = upload_form(request)
    values, problems = DocumentForm.examine(form.query_dict())
    file = one_file(form, problems)
    if problems or file is None:
        raise Invalid(problems=problems)
    return DocumentUpload(file, values.get("title"))


@dataclass(frozen=True, slots=True)
class FinishedUpload:
    """A resumable upload that shall become a document, and what to call it."""

    upload_id: UUID
    title: str | None


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    return (request.content_type or "").partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True, slots=True)
class WrittenContent:
    """Text that shall become a document of a format."""

    title: str
    content: str
    format: DocumentFormat


def read_document_json(request: Request) -> FinishedUpload | WrittenContent:
    """Return what a JSON body brings: an upload's id, else content; raises ``Invalid``."""
    data = request.data
    if isinstance(data, Mapping) and "upload_id" in data:
        values = FinishedUploadForm.read(data)
        return FinishedUpload(values["upload_id"], values.get("title"))
    values = DocumentCreate.read(data)
    return WrittenContent(values["title"], values["content"], DocumentFormat(values["format"]))


def read_mark_upload(request: Request, tenant: Tenant) -> MarkUpload:
    """Return file, title and spec: of the JSON part ``config``, of flat fields, or of both.

    Each is valid by itself, then a flat field wins over the same field of the part: one part for
    all, one text for each.
    """
    form = upload_form(request)
    fields = form.query_dict().dict()
    about = {name: fields.pop(name) for name in ABOUT_DOCUMENT if name in fields}
    values, problems = DocumentForm.examine(about)
    webhook_url = _webhook_url(fields, problems)
    problems += repeated_fields(form.query_dict(), "body")
    file = one_file(form, problems)
    spec = _spec_of_form(fields, tenant, problems)
    if problems or file is None or spec is None:
        raise Invalid(problems=problems)
    return MarkUpload(file, values.get("title"), spec, webhook_url)


def read_mark(request: Request, tenant: Tenant) -> Mark:
    """Return what a body of JSON or of form fields asks for; raises ``Invalid``."""
    data = request.data
    if not isinstance(data, Mapping):
        raise Invalid(problems=[not_an_object("body")])
    is_form = isinstance(data, QueryDict)
    given = data.dict() if isinstance(data, QueryDict) else dict(data)
    bad: list[Problem] = []
    webhook_url = _webhook_url(given, bad)
    spec, problems = read_spec(given, "body", tenant=tenant, strings=is_form)
    problems += bad + repeated_fields(data, "body")
    if problems or spec is None:
        raise Invalid(problems=problems)
    return Mark(spec, webhook_url)


def _webhook_url(fields: dict[str, Any], problems: list[Problem]) -> str:
    """Take the address out of ``fields`` and return it; empty if there is none."""
    about = {name: fields.pop(name) for name in ("webhook_url",) if name in fields}
    values, bad = CallbackForm.examine(about)
    problems += bad
    url: str = values.get("webhook_url", "")
    return url


def upload_form(request: Request, advice: str = ONE_FILE) -> StagedForm:
    """Return what the upload lane has taken; raises ``UnsupportedMediaType`` with ``advice``."""
    form = staged_form(request._request)
    if form is None:
        raise UnsupportedMediaType(advice)
    return form


def one_file(form: StagedForm, problems: list[Problem]) -> StagedFile | None:
    """Return the file of a form that has one; adds to ``problems``."""
    files = form.files.get("file", [])
    if not files:
        problems.append(missing_field("body", "file"))
    return files[0] if files else None


def _spec_of_form(
    fields: dict[str, Any], tenant: Tenant, problems: list[Problem]
) -> WatermarkSpec | None:
    if CONFIG not in fields:
        spec, bad = read_spec(fields, "body", tenant=tenant, strings=True)
        problems += bad
        return spec
    part = config_part(fields.pop(CONFIG), problems)
    preset = fields.pop(PRESET, "").strip()
    flat, bad = read_fields(fields, "body")
    if part is None:
        problems += bad
        return None
    # Valid by itself: what a flat field would have replaced is not let through unseen.
    spec, bad_in_part = read_spec(part, "body", CONFIG, tenant=tenant, strings=False)
    bad += bad_in_part
    flat |= {PRESET: preset} if preset else {}
    if flat and not bad:
        spec, bad = read_spec(part | flat, "body", tenant=tenant, strings=False)
    problems += bad
    return spec


def config_part(text: str, problems: list[Problem], name: str = CONFIG) -> dict[str, Any] | None:
    """Return the object that a JSON part holds; adds to ``problems``."""
    try:
        part = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"Invalid JSON: {error}"
        problems.append({"loc": ["body", name], "msg": message, "type": "json_invalid"})
        return None
    if not isinstance(part, dict):
        problems.append(not_an_object("body", name))
        return None
    return part
