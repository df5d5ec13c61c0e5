"""How the multipart forms are described; ``inputs.py`` reads them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from documents.api.serializers import CallbackForm, DocumentForm
from documents.api.watermark_config import MarkRequest
from documents.api.watermark_schema import described_form_fields
from documents.formats.kinds import ACCEPTED

_CONFIG_HELP = "The configuration as one JSON part; else the same as fields beside it."


@extend_schema_field(OpenApiTypes.BINARY)
class Upload(serializers.FileField):
    """Bytes; drf-spectacular would take a file for the address of one."""


class DocumentUploadForm(DocumentForm):
    """One file and what to call it."""

    file = Upload(help_text=f"The file: {ACCEPTED}.")


class MarkUploadForm(DocumentUploadForm, CallbackForm):
    """One file, what to call it, and the mark as a part, as fields, or as both."""

    config = MarkRequest(required=False, help_text=_CONFIG_HELP)


class MarkUploadFormSchema(OpenApiSerializerExtension):
    """Adds the configuration's fields.

    That one of ``config`` and ``watermark_text`` must be there is left to the description: tools
    that make forms or test data of a schema stumble over ``anyOf`` with files.
    """

    target_class = MarkUploadForm
    priority = 1  # before the one of all shapes

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the schema object."""
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        schema["properties"] |= described_form_fields(auto_schema)
        return {**schema, "additionalProperties": False}
