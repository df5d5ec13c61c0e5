"""Operations on assets."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.conditions import shown_version, version_etag, versions_seen
from config.api.endpoints import Endpoint
from config.api.lists import asked_list
from config.api.pagination import Page, page_body
from config.api.parsers import JsonParser
from config.api.shapes import Shape
from documents import queries
from documents.api import asset_docs as docs
from documents.api.asset_shapes import AssetChange, AssetQuery, asset_body, read_asset_upload
from documents.api.bodies import asset_path, base_address
from documents.downloads import document_response
from documents.models import Asset
from documents.services.assets import create_asset, delete_asset, rename_asset


class AssetsView(Endpoint):
    """The workspace's assets."""

    required_scopes = {"GET": "presets:read", "POST": "presets:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": AssetQuery}
    refusals = {"POST": docs.CREATE_REFUSALS}

    @docs.list_assets
    def get(self, request: Request) -> Response:
        """List assets."""
        asked = asked_list(self.query)
        found = asked.within(queries.assets_for(self.principal, **asked.filters))
        page: Page[Asset] = asked.pages.page(found)
        base = base_address(request)
        return Response(page_body(request, page, lambda asset: asset_body(asset, base)))

    @docs.create_asset
    def post(self, request: Request) -> Response:
        """Keep a file."""
        upload = read_asset_upload(request)
        asset = create_asset(principal=self.principal, staged=upload.file, name=upload.name)
        body = asset_body(asset, base_address(request))
        return Response(body, 201, headers={"Location": asset_path(asset.pk)})


class AssetView(Endpoint):
    """One asset."""

    required_scopes = {
        "GET": "presets:read",
        **dict.fromkeys(("PATCH", "DELETE"), "presets:write"),
    }
    parser_classes = (JsonParser,)
    refusals = {
        "GET": docs.GET_REFUSALS,
        "PATCH": docs.RENAME_REFUSALS,
        "DELETE": docs.DELETE_REFUSALS,
    }

    @docs.get_asset
    def get(self, request: Request, asset_id: uuid.UUID) -> Response | HttpResponse:
        """Show an asset."""
        asset = queries.asset_for(self.principal, asset_id)
        return shown_version(request, asset_body(asset, base_address(request)), asset.version)

    @docs.rename_asset
    def patch(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Call it otherwise."""
        given = AssetChange.read(request.data)
        seen = versions_seen(request, given.get("version"))
        asset = rename_asset(
            principal=self.principal, asset_id=asset_id, name=given["name"], seen=seen
        )
        body = asset_body(asset, base_address(request))
        return Response(body, headers={"ETag": version_etag(asset.version)})

    @docs.delete_asset
    def delete(self, request: Request, asset_id: uuid.UUID) -> Response:
        """Delete an asset."""
        delete_asset(principal=self.principal, asset_id=asset_id)
        return Response(status=204)


class AssetDownloadView(Endpoint):
    """An asset's bytes."""

    required_scopes = {"GET": "presets:read"}
    refusals = {"GET": docs.READ_REFUSALS}

    @docs.download_asset
    def get(self, request: Request, asset_id: uuid.UUID) -> HttpResponseBase:
        """Download an asset."""
        asset = queries.asset_for(self.principal, asset_id)
        return document_response(
            request._request, asset.blob, asset.download_name, asset.file_format.media_type
        )
