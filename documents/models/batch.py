"""A batch: many documents to be marked the same way, counted together."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from documents.models.made import Made

if TYPE_CHECKING:
    from accounts.principal import Principal

ITEMS_MAX = 1000
# Who fills a batch and dies does not come back after a week.
OPEN_FOR = timedelta(days=7)

# Counts ends, and ends the batch with the last. Its row is locked from here to the commit, so that
# of two jobs that end at once one is the last. Whoever holds it asks for no job and no allowance
# any more: job, then allowance, then batch is the order of all.
_COUNT = """
    UPDATE documents_batch SET
        succeeded = batch.succeeded + %(succeeded)s, failed = batch.failed + %(failed)s,
        cancelled = batch.cancelled + %(cancelled)s, expired = batch.expired + %(expired)s,
        cancel_requested_at = CASE WHEN %(is_request)s
            THEN statement_timestamp() ELSE batch.cancel_requested_at END,
        seq = batch.seq + 1,
        state = CASE
            WHEN ended < batch.total THEN batch.state
            WHEN batch.cancelled + %(cancelled)s > 0
                AND (%(is_request)s OR batch.cancel_requested_at IS NOT NULL) THEN 'cancelled'
            WHEN batch.succeeded + %(succeeded)s = batch.total THEN 'completed'
            WHEN batch.succeeded + %(succeeded)s = 0 THEN 'failed'
            ELSE 'completed_with_errors' END,
        finished_at = CASE WHEN ended < batch.total THEN NULL ELSE statement_timestamp() END
    FROM (
        SELECT *, succeeded + failed + cancelled + expired
            + %(succeeded)s + %(failed)s + %(cancelled)s + %(expired)s AS ended
        FROM documents_batch WHERE id = %(id)s AND state = 'running' FOR NO KEY UPDATE
    ) batch
    WHERE documents_batch.id = batch.id
    RETURNING documents_batch.*
"""


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches, always seen by somebody."""

    def visible_to(self, principal: Principal) -> BatchQuerySet:
        """Return the batches of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)

    def count_ends(
        self, batch_id: uuid.UUID, *, is_request: bool = False, **ends: int
    ) -> Batch | None:
        """Count how many jobs ended how (``failed=1``); return the batch as it is then.

        ``is_request``: somebody asks for the batch to be cancelled. None when it does not run.
        """
        given = dict.fromkeys(Batch.COUNTED, 0) | ends
        rows = self.raw(_COUNT, {**given, "id": batch_id, "is_request": is_request})
        return next(iter(rows), None)


class Batch(Made):
    """``open → running → completed | completed_with_errors | failed | cancelled``.

    Trying failed items again makes it run again. Items are jobs of their own, and each job that
    ends counts in the transaction that ends it.
    """

    class State(models.TextChoices):
        """Where a batch is."""

        OPEN = "open"
        RUNNING = "running"
        COMPLETED = "completed"
        COMPLETED_WITH_ERRORS = "completed_with_errors"
        FAILED = "failed"
        CANCELLED = "cancelled"

    LIVE_STATES = (State.OPEN, State.RUNNING)
    COUNTED = ("succeeded", "failed", "cancelled", "expired")

    title = models.CharField(max_length=255, blank=True)
    spec = models.JSONField()
    state = models.CharField(max_length=24, choices=State.choices, default=State.OPEN)

    total = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    expired = models.PositiveIntegerField(default=0)
    # How often it was started: once, and once more each time that failed items are tried again.
    runs = models.PositiveIntegerField(default=0)
    # Grows with every change that a watcher may see.
    seq = models.PositiveBigIntegerField(default=0)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    request_id = models.CharField(max_length=64, blank=True)
    # Where its end is told, beside the tenant's webhook endpoints.
    webhook_url = models.CharField(max_length=2000, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "batches"
        indexes = [
            # Of all tenants, as staff see them.
            models.Index(fields=["-created_at", "-id"], name="batch_newest"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="batch_by_tenant"),
            models.Index(fields=["created_at"], condition=Q(state="open"), name="batch_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="batch_of_tenant"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        *("open", "running", "completed"),
                        *("completed_with_errors", "failed", "cancelled"),
                    ]
                ),
                name="batch_state_known",
            ),
            models.CheckConstraint(
                condition=Q(total__lte=ITEMS_MAX)
                & Q(total__gte=F("succeeded") + F("failed") + F("cancelled") + F("expired")),
                name="batch_counts_within_total",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "running"], finished_at__isnull=True)
                | (~Q(state__in=["open", "running"]) & Q(finished_at__isnull=False)),
                name="batch_finished_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.id} ({self.state})"

    @property
    def is_ended(self) -> bool:
        """Whether no job of it waits or runs, and it was started or cancelled."""
        return self.state not in self.LIVE_STATES

    @property
    def expires_at(self) -> datetime | None:
        """When it is cancelled unless somebody starts it."""
        return self.created_at + OPEN_FOR if self.state == self.State.OPEN else None

    @property
    def ended(self) -> int:
        """How many of its items have ended, one way or another."""
        return self.succeeded + self.failed + self.cancelled + self.expired

    @property
    def percent(self) -> int:
        """How many of a hundred items have ended, one way or another."""
        return self.ended * 100 // self.total if self.total else 0
