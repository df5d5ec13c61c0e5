"""The shape of ``/limits/``: a section for each thing that has limits.

Who adds a limit adds it here and in ``limits.py``; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers


def number(help_text: str, **more: Any) -> serializers.IntegerField:
    """Return the field of a limit."""
    return serializers.IntegerField(min_value=0, help_text=help_text, **more)


class FileLimits(serializers.Serializer[Any]):
    """What one file may be."""

    max_bytes = number("How long.")
    max_pages = number("How many pages.")
    formats = serializers.ListField(
        child=serializers.CharField(), help_text="What may be uploaded, by the bytes, not the name."
    )


class AssetLimits(serializers.Serializer[Any]):
    """Files of which marks are made."""

    count = number("How many there may be.")
    max_bytes = number("How long one may be.")
    formats = serializers.ListField(
        child=serializers.CharField(), help_text="What may be uploaded, by the bytes, not the name."
    )


class BatchLimits(serializers.Serializer[Any]):
    """What one batch may be."""

    max_items = number("How many documents.")
    expires_after_seconds = number("How long one may be open before it is started.")


class RequestLimits(serializers.Serializer[Any]):
    """How often one credential may ask; told with each answer in `RateLimit`."""

    per_minute = number("Null: no limit.", allow_null=True)


class UploadLimits(serializers.Serializer[Any]):
    """How often one credential may begin an upload, and how many files a workspace may send."""

    per_minute = number("Null: no limit.", allow_null=True)
    at_once = number("At the same moment, to each process of the server.")


class ResumableLimits(serializers.Serializer[Any]):
    """Resumable uploads (tus)."""

    version = serializers.CharField(help_text="Of the protocol.")
    extensions = serializers.ListField(child=serializers.CharField())
    checksum_algorithms = serializers.ListField(child=serializers.CharField())
    max_bytes = number("How long the whole file may be.")
    chunk_bytes = number("A good length for one request; any is taken.")
    open_at_once = number("How many may be begun and not finished.")
    expires_after_seconds = number("Without a request that goes on.")


class StreamLimits(serializers.Serializer[Any]):
    """How many connections of a kind may be open."""

    at_once = number("To each process of the server.")


@extend_schema_serializer(component_name="MonthlyLimit")
class MonthlyLimit(serializers.Serializer[Any]):
    """One thing that is counted by the month."""

    limit = number("Null: no limit.", allow_null=True)
    used = number("By work that has ended well.")
    reserved = number("By work under way; given back if it fails.")
    remaining = number("What would be accepted now; null: any number.", allow_null=True)


class MonthLimits(serializers.Serializer[Any]):
    """The present month."""

    starts_at = serializers.DateTimeField()
    resets_at = serializers.DateTimeField(help_text="When counting begins anew.")
    documents = MonthlyLimit(help_text="Documents marked.")
    pages = MonthlyLimit(help_text="Pages marked.")
    bytes = MonthlyLimit(help_text="Bytes of documents marked.")
    spend = MonthlyLimit(help_text="What pages beyond the included ones cost, in minor units.")


class ResultLimits(serializers.Serializer[Any]):
    """Marked copies."""

    kept_days = number("Then a copy is deleted.")


class WaitLimits(serializers.Serializer[Any]):
    """How long what is asked may take or count."""

    prefer_wait_seconds = number("The most that `Prefer: wait=N` waits.")
    idempotency_key_seconds = number("How long an `Idempotency-Key` counts.")
    ticket_seconds = number("How long a ticket is good.")


@extend_schema_serializer(component_name="Limits")
class LimitsOut(serializers.Serializer[Any]):
    """What the workspace may do, and has used."""

    files = FileLimits()
    assets = AssetLimits()
    batches = BatchLimits()
    requests = RequestLimits()
    uploads = UploadLimits()
    resumable_uploads = ResumableLimits()
    event_streams = StreamLimits(help_text="Server-sent events of jobs and batches.")
    event_sockets = StreamLimits(help_text="WebSockets of everything that happens.")
    month = MonthLimits()
    results = ResultLimits()
    waiting = WaitLimits()
