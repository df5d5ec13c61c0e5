"""Shapes of assets, and how their form is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from config.api.json_fields import JsonInteger
from config.api.lists import ListQuery
from config.api.refusals import UnsupportedMediaType
from config.api.shapes import Shape, missing_field
from config.errors import Invalid
from config.upload_form import StagedFile, staged_form
from documents.api.bodies import asset_path
from documents.api.forms import Upload
from documents.api.preset_shapes import VERSION_MAX
from documents.api.serializers import TITLE_MAX, Title
from documents.formats.asset_kinds import ACCEPTED, AssetFormat, AssetKind
from documents.models import Asset
from documents.progress import rfc3339

KINDS = [each.value for each in AssetKind]


class AssetQuery(ListQuery):
    """Which assets."""

    search = serializers.CharField(
        required=False, max_length=TITLE_MAX, help_text="Only names that contain this, in any case."
    )
    kind = serializers.ChoiceField(
        choices=KINDS, required=False, help_text="Only what is good for this."
    )


class AssetForm(Shape):
    """The field beside the file."""

    name = Title(
        required=False,
        max_length=TITLE_MAX,
        help_text="What to call it; the file's name, if absent.",
    )


class AssetChange(Shape):
    """What to call it from now on."""

    name = Title(max_length=TITLE_MAX, help_text="What to call it.")
    version = JsonInteger(
        required=False,
        min_value=1,
        max_value=VERSION_MAX,
        help_text="The version that you have seen; or send its ETag in `If-Match`.",
    )


class AssetUploadForm(AssetForm):
    """One file and what to call it."""

    file = Upload(help_text=f"The file: {ACCEPTED}.")


@extend_schema_serializer(component_name="Asset")
class AssetOut(serializers.Serializer[Any]):
    """A file of which marks are made."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    file_name = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="What it is good for: `image` and `pdf` are a mark's `type`, a `font` is its"
        " `font_family`.",
    )
    format = serializers.ChoiceField(choices=[each.value for each in AssetFormat])
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField(min_value=0)
    sha256 = serializers.RegexField("^[0-9a-f]{64}$")
    width = serializers.IntegerField(
        allow_null=True, help_text="Of a picture in pixels, of a page in points."
    )
    height = serializers.IntegerField(allow_null=True, help_text="As `width`.")
    font_name = serializers.CharField(help_text="Of a font, as it calls itself.")
    version = serializers.IntegerField(min_value=1, help_text="Grows with each new name.")
    created_at = serializers.DateTimeField()
    download_url = serializers.URLField()


class AssetPage(serializers.Serializer[Any]):
    """One page of assets, newest first."""

    results = AssetOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


@dataclass(frozen=True, slots=True)
class AssetUpload:
    """A file and what to call it."""

    file: StagedFile
    name: str | None


def read_asset_upload(request: Request) -> AssetUpload:
    """Return the one file and the name; raises ``UnsupportedMediaType`` and ``Invalid``."""
    form = staged_form(request._request)
    if form is None:
        raise UnsupportedMediaType("Send multipart/form-data with the file in `file`.")
    values, problems = AssetForm.examine(form.query_dict())
    files = form.files.get("file", [])
    if not files:
        problems.append(missing_field("body", "file"))
    if problems:
        raise Invalid(problems=problems)
    return AssetUpload(files[0], values.get("name"))


def asset_body(asset: Asset, base: str) -> dict[str, Any]:
    """Return an asset that is there, with its blob; ``base`` is from ``base_address``."""
    blob = asset.blob
    if blob is None:
        raise ValueError(f"Asset {asset.pk} has no bytes any more.")
    return {
        "id": str(asset.pk),
        "name": asset.name,
        "file_name": asset.file_name,
        "kind": asset.kind,
        "format": asset.format,
        "content_type": asset.file_format.media_type,
        "size_bytes": blob.size_bytes,
        "sha256": blob.sha256,
        "width": asset.width,
        "height": asset.height,
        "font_name": asset.font_name,
        "version": asset.version,
        "created_at": rfc3339(asset.created_at),
        "download_url": f"{base}{asset_path(asset.pk)}download/",
    }
