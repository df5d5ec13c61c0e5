"""Shapes of this room: what operations take (``…Query``, ``…Form``) and what they answer."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.services.webhook_inputs import problem_of_url
from config.api.lists import ListQuery
from config.api.shapes import Shape
from documents.api.failure_codes import failure_codes
from documents.api.text_patterns import VISIBLE
from documents.api.watermark_config import WatermarkConfig
from documents.formats.kinds import DocumentFormat
from documents.formats.writing import MOST_CHARACTERS
from documents.models import Document, Job
from documents.services.writing import FORMATS


class DocumentQuery(ListQuery):
    """Which documents."""

    search = serializers.CharField(
        required=False, max_length=255, help_text="Only titles that contain this, in any case."
    )


class JobQuery(ListQuery):
    """Which jobs."""

    state = serializers.ChoiceField(
        choices=Job.State.choices, required=False, help_text="Only jobs in this state."
    )
    document_id = serializers.UUIDField(required=False, help_text="Only jobs of this document.")


TITLE_MAX = Document._meta.get_field("title").max_length
WEBHOOK_URL_MAX = Job._meta.get_field("webhook_url").max_length


@extend_schema_field({"type": "string", "maxLength": TITLE_MAX, "pattern": VISIBLE})
class Title(serializers.CharField):
    """One line of text with something to see on it."""


class DocumentForm(Shape):
    """The fields beside an uploaded file."""

    title = Title(
        required=False,
        max_length=TITLE_MAX,
        help_text="What to call it; the file's name, if absent.",
    )


class Content(serializers.CharField):
    """Text whose every space and line counts; what it may hold is the service's to say."""

    def __init__(self, **about: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **about)
        # NUL is told with all other characters that a document cannot have.
        self.validators = [
            each
            for each in self.validators
            if not isinstance(each, ProhibitNullCharactersValidator)
        ]


class DocumentCreate(Shape):
    """Text that shall become a document."""

    title = Title(max_length=TITLE_MAX, help_text="What to call it; its heading, too.")
    content = Content(
        required=False,
        default="",
        max_length=MOST_CHARACTERS,
        help_text="The text. A line is a paragraph; a form feed begins a new page.",
    )
    format = serializers.ChoiceField(
        choices=[each.value for each in FORMATS],
        required=False,
        default=DocumentFormat.PDF.value,
        help_text="What to write: `pdf`, `docx` (Word) or `txt` (UTF-8, the content alone).",
    )


class WebhookUrl(serializers.CharField):
    """An address that is told of an end; empty is none."""

    def __init__(self, **about: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=WEBHOOK_URL_MAX, **about)
        self.validators.append(_can_be_told)


def _can_be_told(url: str) -> None:
    if sentence := problem_of_url(url):
        raise serializers.ValidationError(sentence, "value_error")


class CallbackForm(Shape):
    """Where the end of the job is told, beside the workspace's endpoints."""

    webhook_url = WebhookUrl(
        help_text="`https://…`: an address of this job's own that is told of its end, signed with"
        " the secret of the workspace's webhook endpoint of kind `callback`.",
    )


class FinishedUploadForm(DocumentForm):
    """A finished resumable upload, and what to call it."""

    upload_id = serializers.UUIDField(help_text="The id of the upload.")


@extend_schema_serializer(component_name="Upload")
class UploadOut(serializers.Serializer[Any]):
    """A resumable upload."""

    id = serializers.UUIDField()
    offset = serializers.IntegerField(min_value=0, help_text="How many bytes have arrived.")
    size_bytes = serializers.IntegerField(min_value=0, help_text="How many there will be.")
    file_name = serializers.CharField()
    expires_at = serializers.DateTimeField(help_text="Later with each request that goes on.")
    document_id = serializers.UUIDField(
        allow_null=True, help_text="The document that it has become; null until then."
    )


@extend_schema_serializer(component_name="Document")
class DocumentOut(serializers.Serializer[Any]):
    """A stored file."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    file_name = serializers.CharField(help_text="As it was uploaded.")
    format = serializers.ChoiceField(
        choices=[each.value for each in DocumentFormat],
        help_text="What the bytes are, whatever the name says.",
    )
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField(min_value=0)
    sha256 = serializers.RegexField("^[0-9a-f]{64}$", help_text="Of the bytes, in hexadecimal.")
    page_count = serializers.IntegerField(
        min_value=1, allow_null=True, help_text="Null until a job has counted them."
    )
    created_at = serializers.DateTimeField()
    download_url = serializers.URLField()


class Progress(serializers.Serializer[Any]):
    """How far the work is."""

    percent = serializers.IntegerField(min_value=0, max_value=100)
    page = serializers.IntegerField(min_value=0, help_text="Pages done.")
    pages = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="Pages in all; null until counted."
    )
    stage = serializers.CharField(allow_blank=True, help_text="What is being done.")


class WarningOut(serializers.Serializer[Any]):
    """Something to know."""

    code = serializers.CharField(help_text="A stable code.")
    message = serializers.CharField()


class JobProblem(serializers.Serializer[Any]):
    """Why a job failed."""

    code = serializers.CharField(
        help_text=f"A stable code: {', '.join(f'`{code}`' for code in failure_codes())}."
    )
    message = serializers.CharField()
    retryable = serializers.BooleanField(help_text="Whether trying again can help.")


class JobCharge(serializers.Serializer[Any]):
    """What a job counts against the month's allowance; work that failed is free."""

    state = serializers.ChoiceField(choices=["reserved", "charged", "free"])
    documents = serializers.IntegerField(min_value=0)
    pages = serializers.IntegerField(min_value=0, allow_null=True, help_text="Null until counted.")


@extend_schema_serializer(component_name="Job")
class JobOut(serializers.Serializer[Any]):
    """The work of marking one document. The states after `running` never change."""

    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    batch_id = serializers.UUIDField(allow_null=True, help_text="The batch that it belongs to.")
    state = serializers.ChoiceField(choices=Job.State.choices)
    seq = serializers.IntegerField(
        min_value=0, help_text="Grows with every change; the socket's messages carry it too."
    )
    progress = Progress()
    queue_position = serializers.IntegerField(
        min_value=1,
        allow_null=True,
        help_text="1 is next; null when not waiting, or not counted: only reading one job counts.",
    )
    error = JobProblem(allow_null=True)
    attempt = serializers.IntegerField(min_value=0)
    cancel_requested = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="When the result will be deleted."
    )
    charge = JobCharge()
    warnings = WarningOut(many=True)
    config = WatermarkConfig()
    webhook_url = serializers.URLField(
        allow_null=True,
        help_text="The host that is told of its end; the rest of the address, which may hold a"
        " secret, stands with the delivery. Null: the workspace's endpoints alone.",
    )
    retry_of = serializers.UUIDField(
        allow_null=True, help_text="The ended job whose work this one repeats."
    )
    download_url = serializers.URLField(allow_null=True, help_text="Null until succeeded.")


class DocumentPage(serializers.Serializer[Any]):
    """One page of documents, newest first."""

    results = DocumentOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")


class JobPage(serializers.Serializer[Any]):
    """One page of jobs, newest first."""

    results = JobOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next (older) page.")
    previous = serializers.URLField(allow_null=True, help_text="The previous (newer) page.")
