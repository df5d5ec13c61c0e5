"""What the data of this room's events holds (documents/event_types.py names these)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from documents.api.batch_shapes import BatchState
from documents.api.serializers import JobProblem, Progress
from documents.models import Job


class JobEvent(serializers.Serializer[Any]):
    """A job at the moment of the event, as the socket shows it, too."""

    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    batch_id = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(choices=Job.State.choices)
    seq = serializers.IntegerField(min_value=0)
    progress = Progress()
    queue_position = serializers.IntegerField(allow_null=True)
    error = JobProblem(allow_null=True)
    attempt = serializers.IntegerField(min_value=0)
    cancel_requested = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class BatchEvent(BatchState):
    """A batch at the moment of the event, as the socket shows it, too."""


class DocumentDeleted(serializers.Serializer[Any]):
    """A document that was deleted."""

    id = serializers.UUIDField()
    title = serializers.CharField()


class DocumentCreated(DocumentDeleted):
    """A document that was stored."""

    size_bytes = serializers.IntegerField(min_value=0)
    sha256 = serializers.RegexField("^[0-9a-f]{64}$")
