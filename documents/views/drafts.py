"""A mark that is being made: what the form holds, where it began, which page is seen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models.functions import Lower
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from accounts.models import Tenant
from accounts.principal import Principal
from config.api.samples import snippets
from config.api.samples.call import JSON, Call
from documents.forms import WatermarkForm
from documents.models import Document
from documents.queries import (
    PresetMissing,
    assets_to_choose,
    document_for,
    presets_for,
)
from documents.services.specs import PRESET, inherited_config
from documents.watermark.errors import BadSpec
from documents.watermark.spec import WatermarkSpec

# What the field ``preset`` says for none at all, not even the workspace's default one.
NO_PRESET = "none"
# Cannot be reached: a picture has to be drawn to know how many pages some documents have.
PAGES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Start:
    """What a mark begins with: ``preset`` is an id, NO_PRESET, or empty for the default one."""

    preset: str
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A mark for a document; ``page`` (from 1) is seen, as it was if ``is_original``."""

    document: Document
    form: WatermarkForm
    start: Start
    page: int
    is_original: bool

    def samples(self) -> dict[str, str]:
        """Return programs that ask for this mark; the form must be valid."""
        target = reverse("api:document-watermark", args=[self.document.pk])
        server = settings.PUBLIC_URL.rstrip("/")
        body = self._request_body()
        return snippets(Call("POST", target, True, media_type=JSON, json=body, server=server))

    def _request_body(self) -> dict[str, Any]:
        """Return the fields that would not be the same if the request left them out."""
        whole, rules = self.form.spec.as_dict(), WatermarkSpec.offered_rules()
        try:
            begun = self.start.config
            given = begun if begun.get("asset") else {"watermark_text": "x", **begun}
            usual = WatermarkSpec.parse(given, only_offered=True).as_dict()
        except BadSpec:  # kept by an older version
            usual = {}
        always = ("watermark_text", "type", "asset")
        body: dict[str, Any] = {name: whole[name] for name in always if name in whole}
        if self.start.preset:
            body[PRESET] = None if self.start.preset == NO_PRESET else self.start.preset
        return body | {
            name: whole[name]
            for name in rules
            if name in whole and (name not in usual or whole[name] != usual[name])
        }


def read_start(tenant: Tenant, named: str) -> Start:
    """Return what a mark begins with; a preset that is gone counts as none named."""
    if named == NO_PRESET:
        return Start(NO_PRESET, inherited_config(tenant=tenant, preset=None))
    try:
        preset = uuid.UUID(named)
        return Start(str(preset), inherited_config(tenant=tenant, preset=preset))
    except (ValueError, PresetMissing):
        return Start("", inherited_config(tenant=tenant))


def presets_to_begin_with(principal: Principal) -> list[tuple[str, str]]:
    """Return what a mark may begin with, as value and label; nothing where there are none."""
    if not principal.may("presets:read"):
        return []
    rows = presets_for(principal).order_by(Lower("name"))
    named = list(rows.values_list("id", "name", "is_default"))
    default = [("", f"{name} (default)") for _, name, is_default in named if is_default]
    none = [(NO_PRESET if default else "", "No preset")] if named else []
    return [*default, *none, *((str(pk), name) for pk, name, is_default in named if not is_default)]


def read_draft(request: HttpRequest, principal: Principal, document_id: uuid.UUID) -> Draft:
    """Return the draft that a request brings; raises DocumentMissing."""
    document = document_for(principal, document_id)
    is_sent = request.method == "POST"
    given = request.POST if is_sent else request.GET
    start = read_start(document.tenant, given.get(PRESET, ""))
    assets = assets_to_choose(principal)
    return Draft(
        document=document,
        form=WatermarkForm(given if is_sent else None, defaults=start.config, assets=assets),
        start=start,
        page=page_to_show(given, document.page_count or PAGES_MAX),
        is_original=given.get("show") == "original",
    )


def page_to_show(sent: QueryDict, last: int) -> int:
    """Return the page to show: the one named, or the one beside it (``turn``)."""
    page = _whole(sent.get("shown_page", ""), 1) + _whole(sent.get("turn", ""), 0)
    return max(1, min(page, last))


def _whole(text: str, otherwise: int) -> int:
    try:
        return int(text[:9])
    except ValueError:
        return otherwise
