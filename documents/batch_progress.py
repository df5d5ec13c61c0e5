"""The state of a batch as watchers see it: one shape for API, socket and page."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings

from config.valkey import valkey
from documents.models import Batch


class BatchCounts(TypedDict):
    """How many items there are, and how many of them are how; ``pending`` have not ended."""

    total: int
    pending: int
    succeeded: int
    failed: int
    cancelled: int
    expired: int


class BatchSnapshot(TypedDict):
    """A batch at one moment. ``seq`` grows with every change; instants are RFC 3339 in UTC.

    ``percent`` 0–100: items that have ended, one way or another.
    """

    id: str
    title: str
    state: str
    seq: int
    counts: BatchCounts
    percent: int
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None


def batch_snapshot(batch: Batch) -> BatchSnapshot:
    """Return what a watcher may see of ``batch``."""
    return {
        "id": str(batch.id),
        "title": batch.title,
        "state": str(batch.state),
        "seq": batch.seq,
        "counts": {
            "total": batch.total,
            "pending": batch.total - batch.ended,
            "succeeded": batch.succeeded,
            "failed": batch.failed,
            "cancelled": batch.cancelled,
            "expired": batch.expired,
        },
        "percent": batch.percent,
        "cancel_requested": batch.cancel_requested_at is not None,
        "created_at": batch.created_at.isoformat().replace("+00:00", "Z"),
        "started_at": _instant(batch.started_at),
        "finished_at": _instant(batch.finished_at),
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def read_batch_snapshots(batch_ids: Collection[UUID]) -> list[BatchSnapshot]:
    """Return what is true of these batches now; unknown ids miss."""
    return [batch_snapshot(batch) for batch in Batch.objects.filter(pk__in=batch_ids)]


def channel_of_batch(batch_id: UUID | str) -> str:
    """Return the name of the pub/sub channel on which a batch's states are told."""
    return f"{settings.CHANNEL_PREFIX}.batch.{batch_id}"


def publish_batch(batch: Batch) -> None:
    """Tell the watchers of ``batch`` its state, at most once; never raises for Valkey's sake."""
    message = json.dumps(batch_snapshot(batch))
    channel = channel_of_batch(batch.id)
    valkey().attempt("publish", lambda client: client.publish(channel, message))
