"""How the multipart forms are described; ``inputs.py`` reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.api.serializers import DocumentForm
from documents.api.watermark_config import WatermarkConfig, described_fields

_CONFIG_HELP = "The configuration as one JSON part; or give its fields beside it."


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.FileField):
    """Bytes; drf-spectacular would take a file for the address of one."""


class DocumentUploadForm(DocumentForm):
    """One file and what to call it."""

    file = Upload(help_text="The PDF.")


class MarkUploadForm(DocumentUploadForm):
    """One file, what to call it, and the mark as a part, as fields, or as both."""

    config = WatermarkConfig(required=False, help_text=_CONFIG_HELP)


class MarkUploadFormSchema(OpenApiSerializerExtension):
    """Adds the configuration's fields, of which none is required once ``config`` is there."""

    target_class = MarkUploadForm

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the schema object."""
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        for name, described in described_fields(auto_schema).items():
            # A default here would overrule the part, and try-out forms send every default.
            schema["properties"][name] = {
                key: value for key, value in described.items() if key != "default"
            }
        return schema | {"anyOf": [{"required": ["config"]}, {"required": ["watermark_text"]}]}
