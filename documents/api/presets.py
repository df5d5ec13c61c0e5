"""Operations on presets."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.conditions import shown_version, version_etag, versions_seen
from config.api.endpoints import Endpoint
from config.api.lists import asked_list
from config.api.pagination import Page, page_body
from config.api.parsers import JsonParser
from config.api.shapes import Shape
from documents import queries
from documents.api import preset_docs as docs
from documents.api.bodies import preset_path
from documents.api.preset_shapes import (
    PresetChange,
    PresetForm,
    PresetQuery,
    PresetReplacement,
    preset_body,
    read_preset,
)
from documents.models import Preset
from documents.services.presets import change_preset, create_preset, delete_preset


class PresetsView(Endpoint):
    """The workspace's presets."""

    required_scopes = {"GET": "presets:read", "POST": "presets:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PresetQuery}
    parser_classes = (JsonParser,)
    refusals = {"POST": docs.CREATE_REFUSALS}

    @docs.list_presets
    def get(self, request: Request) -> Response:
        """List presets."""
        asked = asked_list(self.query)
        found = asked.within(queries.presets_for(self.principal, **asked.filters))
        page: Page[Preset] = asked.pages.page(found)
        return Response(page_body(request, page, preset_body))

    @docs.create_preset
    def post(self, request: Request) -> Response:
        """Make a preset."""
        values = read_preset(request, PresetForm)
        preset = create_preset(principal=self.principal, **values)
        headers = {"Location": preset_path(preset.pk), "ETag": version_etag(preset.version)}
        return Response(preset_body(preset), 201, headers=headers)


class PresetView(Endpoint):
    """One preset."""

    required_scopes = {
        "GET": "presets:read",
        **dict.fromkeys(("PUT", "PATCH", "DELETE"), "presets:write"),
    }
    parser_classes = (JsonParser,)
    refusals = {
        "GET": docs.READ_REFUSALS,
        "PUT": docs.CHANGE_REFUSALS,
        "PATCH": docs.CHANGE_REFUSALS,
        "DELETE": docs.DELETE_REFUSALS,
    }

    @docs.get_preset
    def get(self, request: Request, preset_id: uuid.UUID) -> Response | HttpResponse:
        """Show a preset."""
        preset = queries.preset_for(self.principal, preset_id)
        return shown_version(request, preset_body(preset), preset.version)

    @docs.replace_preset
    def put(self, request: Request, preset_id: uuid.UUID) -> Response:
        """Replace a preset."""
        return self._change(request, preset_id, PresetReplacement)

    @docs.change_preset
    def patch(self, request: Request, preset_id: uuid.UUID) -> Response:
        """Change a preset."""
        return self._change(request, preset_id, PresetChange)

    @docs.delete_preset
    def delete(self, request: Request, preset_id: uuid.UUID) -> Response:
        """Delete a preset."""
        delete_preset(principal=self.principal, preset_id=preset_id, seen=versions_seen(request))
        return Response(status=204)

    def _change(self, request: Request, preset_id: uuid.UUID, shape: type[Shape]) -> Response:
        changes = read_preset(request, shape)
        seen = versions_seen(request, changes.pop("version", None))
        preset = change_preset(
            principal=self.principal, preset_id=preset_id, changes=changes, seen=seen
        )
        return Response(preset_body(preset), headers={"ETag": version_etag(preset.version)})
