"""What the OpenAPI document says of assets."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, OpenApiRequest, OpenApiResponse

from config.api.header_parameters import asked, told
from config.api.schema import operation
from documents.api.asset_shapes import AssetChange, AssetOut, AssetPage, AssetUploadForm
from documents.api.docs import BYTES, DOWNLOAD_REFUSALS, UPLOAD_REFUSALS, whole_or_part
from documents.api.examples import asset_example
from documents.formats.asset_kinds import ACCEPTED, AssetFormat
from documents.services.assets import ASSETS_MAX

ASSETS = "Assets"
CREATE_REFUSALS = (
    *UPLOAD_REFUSALS,
    "unusable_asset",
    "too_many_assets",
    "too_many_previews",
)
RENAME_REFUSALS = ("malformed_json", "precondition_failed", "precondition_required")
GET_REFUSALS = ("precondition_failed",)
DELETE_REFUSALS = ("asset_in_use",)
READ_REFUSALS = DOWNLOAD_REFUSALS

_ETAG = "The asset's version."
_IF_MATCH = asked(
    "If-Match",
    "The ETag that you have seen, or `*` for whichever there is; without it and without `version`"
    " the answer is `428`, with another one than the present `412`.",
    '"1"',
)
_ASSET = OpenApiExample("asset", asset_example())
_SENT = OpenApiExample("logo", {"file": "logo.png", "name": "Logo"}, request_only=True)
_PART = {"file": {"contentType": ", ".join(each.media_type for each in AssetFormat)}}
_PAGE = OpenApiExample("page", {"results": [asset_example()], "next": None, "previous": None})

list_assets = operation(
    "listAssets",
    tag=ASSETS,
    summary="List assets",
    responses={200: OpenApiResponse(AssetPage, "One page.", [_PAGE])},
)
create_asset = operation(
    "createAsset",
    tag=ASSETS,
    summary="Upload an asset",
    description=f"Keeps {ACCEPTED}, known by its bytes. A mark is made of it at once, so that what"
    f" cannot be used is refused now. There may be {ASSETS_MAX}; how long a file may be is told"
    " among the limits.",
    request={
        "multipart/form-data": OpenApiRequest(AssetUploadForm, encoding=_PART, examples=[_SENT])
    },
    responses={201: OpenApiResponse(AssetOut, "Kept.", [_ASSET])},
    headers=[told("Location", "The asset's path.", [201], required=True)],
)
get_asset = operation(
    "getAsset",
    tag=ASSETS,
    summary="Get an asset",
    responses={
        200: OpenApiResponse(AssetOut, "The asset.", [_ASSET]),
        304: OpenApiResponse(None, "Unchanged."),
    },
    headers=[
        asked("If-None-Match", "An ETag: `304` if the asset is still that.", '"1"'),
        told("ETag", _ETAG, [200, 304], required=True),
    ],
)
rename_asset = operation(
    "renameAsset",
    tag=ASSETS,
    summary="Rename an asset",
    description="Its bytes never change, and marks know it by its id.",
    request={
        "application/json": OpenApiRequest(
            AssetChange,
            examples=[
                OpenApiExample("name", {"name": "Logo, in white", "version": 1}, request_only=True)
            ],
        )
    },
    responses={200: OpenApiResponse(AssetOut, "As it is now.", [_ASSET])},
    headers=[_IF_MATCH, told("ETag", _ETAG, [200], required=True)],
)
delete_asset = operation(
    "deleteAsset",
    tag=ASSETS,
    summary="Delete an asset",
    description="Refused while a preset or the workspace's default mark uses it. Jobs that were"
    " asked for before are done with it all the same.",
    responses={204: OpenApiResponse(None, "Deleted.")},
)
download_asset = operation(
    "downloadAsset",
    tag=ASSETS,
    summary="Download an asset",
    description="The bytes as they were uploaded.",
    responses=whole_or_part(*AssetFormat),
    headers=BYTES,
)
