"""Reading what is asked of batches; every bad field is reported at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from accounts.models import Tenant
from config.api.shapes import extra_field, missing_field, not_an_object, repeated_fields
from config.api.translation import Problem
from config.errors import Invalid
from config.upload_form import StagedFile
from documents.api.batch_shapes import (
    BatchAbout,
    BatchForm,
    BatchProcessForm,
    ItemForm,
    ItemRef,
)
from documents.api.inputs import config_part, one_file, upload_form
from documents.api.watermark_config import read_spec
from documents.services.specs import PRESET, InvalidSpec, resolve_spec
from documents.watermark.spec import MarkSpec, WatermarkSpec

CONFIG = "watermark_config"
ABOUT_BATCH = ("title", "webhook_url")
# What is said of the whole document, not of one mark.
_OF_DOCUMENT = frozenset(WatermarkSpec.RULES) - frozenset(MarkSpec.RULES) - {"layers"}


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """A batch to be: its mark, what to call it, where its end is told, and what is in it so far."""

    spec: WatermarkSpec
    title: str = ""
    webhook_url: str = ""
    files: Sequence[StagedFile] = ()
    document_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class ItemAsked:
    """An item to be: a file or a stored document, and the client's name for it."""

    source: StagedFile | UUID
    client_ref: str


def read_batch(request: Request, tenant: Tenant) -> BatchAsked:
    """Return an empty batch; raises ``Invalid``."""
    values, problems = BatchForm.examine(request.data)
    if not isinstance(request.data, Mapping):
        raise Invalid(problems=problems)
    spec = _spec(request.data.get("config"), "config", tenant=tenant, problems=problems)
    return BatchAsked(_checked(spec, problems), *_about(values))


def read_batch_upload(request: Request, tenant: Tenant) -> BatchAsked:
    """Return files and their mark; raises ``UnsupportedMediaType`` and ``Invalid``."""
    form = upload_form(request, "Send multipart/form-data with the documents in `files`.")
    fields = form.query_dict().dict()
    given = {name: fields.pop(name) for name in ABOUT_BATCH if name in fields}
    values, problems = BatchAbout.examine(given)
    problems += repeated_fields(form.query_dict(), "body")
    part = config_part(str(fields.pop(CONFIG, "{}")), problems, CONFIG)
    problems += [extra_field("body", name) for name in fields]
    files = form.files.get("files", [])
    if not files:
        problems.append(missing_field("body", "files"))
    spec = None if part is None else _spec(part, CONFIG, tenant=tenant, problems=problems)
    return BatchAsked(_checked(spec, problems), *_about(values), files=files)


def read_batch_process(request: Request, tenant: Tenant) -> BatchAsked:
    """Return stored documents and their mark; raises ``Invalid``."""
    values, problems = BatchProcessForm.examine(request.data)
    spec = None
    if values:
        spec = _spec_of_operations(values["operations"], tenant, problems)
    return BatchAsked(
        _checked(spec, problems),
        *_about(values),
        document_ids=values.get("document_ids", ()),
    )


def read_item(request: Request) -> ItemAsked:
    """Return a stored document for a batch; raises ``Invalid``."""
    values = ItemForm.read(request.data)
    return ItemAsked(values["document_id"], values.get("client_ref", ""))


def read_item_upload(request: Request) -> ItemAsked:
    """Return a file for a batch; raises ``UnsupportedMediaType`` and ``Invalid``."""
    form = upload_form(request, "Send the document in `file`, or JSON with a `document_id`.")
    values, problems = ItemRef.examine(form.query_dict())
    file = one_file(form, problems)
    if problems or file is None:
        raise Invalid(problems=problems)
    return ItemAsked(file, values.get("client_ref", ""))


def _about(values: Mapping[str, Any]) -> tuple[str, str]:
    return values.get("title", ""), values.get("webhook_url", "")


def _spec(
    given: Any, name: str, *, tenant: Tenant, problems: list[Problem]
) -> WatermarkSpec | None:
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        problems.append(not_an_object("body", name))
        return None
    spec, bad = read_spec(given, "body", name, tenant=tenant, strings=False)
    problems += bad
    return spec


def _spec_of_operations(
    operations: Sequence[dict[str, Any]], tenant: Tenant, problems: list[Problem]
) -> WatermarkSpec | None:
    """Return one spec for all: the marks of later operations are more layers of the first."""
    specs = []
    for index, each in enumerate(operations):
        place = ("body", "operations", str(index), "config")
        given = {} if each.get("config") is None else each["config"]
        if not isinstance(given, Mapping):
            problems.append(not_an_object(*place))
            continue
        spec, bad = read_spec(given, *place, tenant=tenant, strings=False)
        if index:
            bad += [_of_document(*place, name) for name in given if name in _OF_DOCUMENT]
        problems += bad
        specs += [spec] if spec else []
    if problems:
        return None
    layers = [mark.as_dict() for spec in specs for mark in spec.marks][1:]
    try:
        whole = {**specs[0].as_dict(), "layers": layers, PRESET: None}
        return resolve_spec(tenant=tenant, overrides=whole)
    except InvalidSpec as error:
        problems += [{**each, "loc": ["body", "operations"]} for each in error.problems]
        return None


def _of_document(*location: str) -> Problem:
    message = "Only the first operation says what becomes of the whole document"
    return {"loc": [*location], "msg": message, "type": "extra_forbidden"}


def _checked(spec: WatermarkSpec | None, problems: list[Problem]) -> WatermarkSpec:
    if problems or spec is None:
        raise Invalid(problems=problems)
    return spec
