"""Shapes of looks: what is asked of a document and a mark without making anything."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from config.api.json_fields import JsonInteger
from config.api.shapes import Shape
from documents.api.serializers import WarningOut
from documents.api.watermark_config import MarkRequest, WatermarkConfig

WIDTH_MIN, WIDTH_MAX, WIDTH_DEFAULT = 16, 2000, 800
PAGE_MAX = 2**31 - 1
AT_ONCE_MAX = 100


def _width(kind: type[serializers.IntegerField]) -> serializers.IntegerField:
    return kind(
        min_value=WIDTH_MIN, max_value=WIDTH_MAX, default=WIDTH_DEFAULT, help_text="In pixels."
    )


class PictureQuery(Shape):
    """How large the picture is."""

    width = _width(serializers.IntegerField)


class ValidationForm(Shape):
    """What stands beside the mark: the document that it is meant for."""

    document_id = serializers.UUIDField(
        required=False, help_text="A stored document; without one only the mark is looked at."
    )


class PreviewForm(Shape):
    """What stands beside the mark: which page is drawn."""

    document_id = serializers.UUIDField(help_text="A stored document.")
    page = JsonInteger(min_value=1, max_value=PAGE_MAX, default=1, help_text="From 1.")
    width = _width(JsonInteger)


class ValidationRequest(serializers.Serializer[Any]):
    """A mark and the document that it is meant for. Stands for the schema."""


class PreviewRequest(serializers.Serializer[Any]):
    """A mark and the page that is drawn with it. Stands for the schema."""


class _Beside(OpenApiSerializerExtension):
    """Writes the fields of a form beside those of ``MarkRequest``."""

    target_class: Any = None
    form: type[Shape]

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """Return the schema object."""
        mark = auto_schema.registry  # the component of the mark is made if it is not there yet
        auto_schema.resolve_serializer(MarkRequest, direction)
        schema = dict(mark[("MarkRequest", "schemas")].schema)
        own: dict[str, Any] = auto_schema._map_serializer(self.form(), direction)
        schema["properties"] = {**own["properties"], **schema["properties"]}
        if required := own.get("required"):
            schema["required"] = required
        return schema | {"description": (self.target_class.__doc__ or "").partition(" Stands")[0]}


class ValidationRequestSchema(_Beside):
    """Writes the request of a rehearsal."""

    target_class = ValidationRequest
    form = ValidationForm


class PreviewRequestSchema(_Beside):
    """Writes the request of a preview."""

    target_class = PreviewRequest
    form = PreviewForm


class BulkDeletionForm(Shape):
    """Which documents go."""

    document_ids = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=AT_ONCE_MAX,
        help_text="Each once; all of them go, or none.",
    )


class BulkDeletionOut(serializers.Serializer[Any]):
    """What has gone."""

    deleted = serializers.ListField(child=serializers.UUIDField())


class PageSizeOut(serializers.Serializer[Any]):
    """So many pages are seen in this size."""

    width = serializers.FloatField(help_text="In points (1/72 inch), as the page is seen.")
    height = serializers.FloatField()
    pages = serializers.IntegerField(min_value=0)


class SignaturesOut(serializers.Serializer[Any]):
    """What digital signatures say."""

    names = serializers.ListField(child=serializers.CharField(), help_text="The signed fields.")
    certified = serializers.IntegerField(
        allow_null=True,
        help_text="What the author still permits: 1 nothing, 2 forms, 3 forms and comments.",
    )
    usage_rights = serializers.BooleanField(help_text="Extra rights that any change ends.")


class InspectionOut(serializers.Serializer[Any]):
    """What a document is. Of long ones a sample of pages is looked at."""

    version = serializers.CharField(allow_blank=True, help_text="Of PDF.")
    pages = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Null where a password hides them."
    )
    pages_seen = serializers.IntegerField(
        min_value=0, help_text="How many were looked at for `sizes` and `turned`."
    )
    sizes = PageSizeOut(many=True, help_text="The most frequent first.")
    turned = serializers.IntegerField(
        min_value=0, help_text="How many pages are shown turned by a `Rotate` entry."
    )
    scanned_share = serializers.FloatField(
        min_value=0, max_value=1, help_text="The share of pages that are one picture without text."
    )
    encrypted = serializers.BooleanField()
    needs_password = serializers.BooleanField()
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="What the encryption permits its readers."
    )
    signed = serializers.BooleanField()
    signatures = SignaturesOut()
    pdfa = serializers.CharField(allow_blank=True, help_text="The claim, such as `2b`; unchecked.")
    pdfua = serializers.CharField(allow_blank=True)
    pdfx = serializers.CharField(allow_blank=True)
    tagged = serializers.BooleanField()
    linearized = serializers.BooleanField()
    active_content = serializers.ListField(
        child=serializers.CharField(), help_text="What does something by itself, such as scripts."
    )
    is_marked = serializers.BooleanField(help_text="Whether it carries a mark of ours.")
    warnings = WarningOut(many=True)


class Charge(serializers.Serializer[Any]):
    """What a job would be charged."""

    documents = serializers.IntegerField(min_value=0)
    pages = serializers.IntegerField(min_value=0)


class Remaining(serializers.Serializer[Any]):
    """What is left of this month's allowance; null for any number."""

    documents = serializers.IntegerField(min_value=0, allow_null=True)
    pages = serializers.IntegerField(min_value=0, allow_null=True)


@extend_schema_serializer(component_name="MarkValidation")
class MarkValidationOut(serializers.Serializer[Any]):
    """What a job would come to. Nothing was charged and nothing made."""

    ok = serializers.BooleanField(help_text="Whether nothing is known that would stop the job.")
    config = WatermarkConfig(help_text="The mark, with all that was left out filled in.")
    document_id = serializers.UUIDField(allow_null=True)
    pages = serializers.IntegerField(min_value=0, allow_null=True)
    warnings = WarningOut(many=True, help_text="What the job would warn of.")
    obstacles = WarningOut(many=True, help_text="What would stop it, by the job's error codes.")
    charge = Charge(allow_null=True)
    remaining = Remaining()
