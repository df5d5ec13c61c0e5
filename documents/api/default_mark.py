"""How the OpenAPI document describes the workspace's default mark."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from documents.api.watermark_config import WatermarkPart


class DefaultMarkSchema(OpenApiSerializerFieldExtension):
    """As what presets keep."""

    target_class = "accounts.api.organization_shapes.DefaultMarkField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Return the schema object: a reference."""
        return dict(auto_schema.resolve_serializer(WatermarkPart, direction).ref)
