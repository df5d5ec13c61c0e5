"""Shapes of batches: what their operations take and what they answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from config.api.pagination import PageQuery
from config.api.shapes import Shape
from documents.api.forms import Upload
from documents.api.serializers import TITLE_MAX, CallbackForm, JobProblem, Title, WebhookUrl
from documents.api.watermark_config import MarkRequest, WatermarkConfig
from documents.models import Batch, BatchItem
from documents.models.batch import ITEMS_MAX
from documents.models.batch_item import REF_MAX_CHARACTERS
from documents.watermark.spec import MOST_MARKS


@extend_schema_field(MarkRequest)
class Config(serializers.JSONField):
    """The configuration; ``read_spec`` looks inside."""


class BatchQuery(PageQuery):
    """Which batches."""

    state = serializers.ChoiceField(
        choices=Batch.State.choices, required=False, help_text="Only batches in this state."
    )


class BatchAbout(Shape):
    """What to call a batch, and where its end is told."""

    title = Title(required=False, max_length=TITLE_MAX, help_text="What to call the batch.")
    webhook_url = WebhookUrl(
        help_text="`https://…`: an address of this batch's own that is told of its end (not of"
        " each item's), signed with the secret of the workspace's webhook endpoint of kind"
        " `callback`.",
    )


class BatchForm(BatchAbout):
    """A batch to be filled."""

    config = Config(required=False, help_text="The mark of all items.")


class BatchUploadForm(BatchAbout):
    """Files to be marked the same way."""

    files = serializers.ListField(
        child=Upload(),
        min_length=1,
        max_length=ITEMS_MAX,
        help_text="Each file in a part of this name.",
    )
    watermark_config = Config(required=False, help_text="The mark, as one JSON part.")


class Operation(Shape):
    """One thing to be done with each document."""

    operation = serializers.ChoiceField(choices=[("watermark", "Mark it")])
    config = Config(required=False, help_text="The mark.")


class BatchProcessForm(BatchAbout):
    """Stored documents, and what shall be done with each."""

    document_ids = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=ITEMS_MAX,
        help_text="Each once; the batch keeps the order.",
    )
    operations = serializers.ListField(
        child=Operation(),
        min_length=1,
        max_length=MOST_MARKS,
        help_text="Drawn in this order, into one copy. What is said of the whole document"
        " (`strength`, `preserve_signatures`, `active_content`) counts in the first.",
    )


class ItemRef(Shape):
    """What the client calls an item."""

    client_ref = serializers.CharField(
        required=False,
        max_length=REF_MAX_CHARACTERS,
        help_text="A name of yours for the item, once in the batch: sent again, the same item"
        " answers.",
    )


class ItemForm(ItemRef):
    """A stored document to be put into a batch."""

    document_id = serializers.UUIDField()


class ItemUploadForm(ItemRef):
    """A file to be put into a batch."""

    file = Upload(help_text="The document.")


class ProcessForm(CallbackForm):
    """A stored document, and where the end of its job is told."""

    doc_id = serializers.UUIDField(help_text="The document.")


class ProcessingStarted(serializers.Serializer[Any]):
    """Work that has been asked for."""

    status = serializers.ChoiceField(choices=[("processing_started", "Started")])
    job_id = serializers.UUIDField()


class BatchCountsOut(serializers.Serializer[Any]):
    """How many items there are, and how many of them are how."""

    total = serializers.IntegerField(min_value=0, max_value=ITEMS_MAX)
    pending = serializers.IntegerField(min_value=0, help_text="Not ended yet.")
    succeeded = serializers.IntegerField(min_value=0)
    failed = serializers.IntegerField(min_value=0, help_text="Refused files, too.")
    cancelled = serializers.IntegerField(min_value=0)
    expired = serializers.IntegerField(min_value=0, help_text="Waited for a day.")


class BatchState(serializers.Serializer[Any]):
    """A batch at one moment."""

    id = serializers.UUIDField()
    title = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=Batch.State.choices)
    seq = serializers.IntegerField(
        min_value=0, help_text="Grows with every change; the socket's messages carry it too."
    )
    counts = BatchCountsOut()
    percent = serializers.IntegerField(
        min_value=0, max_value=100, help_text="Items that have ended, one way or another."
    )
    cancel_requested = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="BatchJob")
class BatchOut(BatchState):
    """Many documents marked the same way. After `running` it changes by a retry only."""

    expires_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When it is cancelled unless it is started; null unless `open`.",
    )
    config = WatermarkConfig()
    webhook_url = serializers.URLField(
        allow_null=True,
        help_text="The host that is told of its end; the rest of the address stands with the"
        " delivery. Null: the workspace's endpoints alone.",
    )
    items_url = serializers.URLField()
    manifest_url = serializers.URLField(help_text="A table of all items, as CSV.")
    archive_url = serializers.URLField(
        allow_null=True, help_text="All copies as one ZIP; null until ended, and without a copy."
    )


class BatchPage(serializers.Serializer[Any]):
    """One page of batches, newest first."""

    results = BatchOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


@extend_schema_serializer(component_name="BatchItem")
class BatchItemOut(serializers.Serializer[Any]):
    """One document of a batch, and the job that marks it."""

    id = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1, max_value=ITEMS_MAX)
    client_ref = serializers.CharField(allow_blank=True)
    file_name = serializers.CharField()
    state = serializers.ChoiceField(choices=BatchItem.State.choices)
    document_id = serializers.UUIDField(allow_null=True, help_text="Null for a refused file.")
    job_id = serializers.UUIDField(allow_null=True, help_text="Null until the batch is started.")
    error = JobProblem(allow_null=True)
    pages = serializers.IntegerField(min_value=0, allow_null=True)
    size_bytes = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Of the marked copy, while it is there."
    )
    sha256 = serializers.RegexField(
        "^[0-9a-f]{64}$", allow_null=True, help_text="Of the marked copy, while it is there."
    )
    created_at = serializers.DateTimeField()
    download_url = serializers.URLField(allow_null=True, help_text="Null until succeeded.")


class BatchItemPage(serializers.Serializer[Any]):
    """One page of items, in their order."""

    results = BatchItemOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous page.")
