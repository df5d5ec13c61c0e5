"""An item of a batch: a document and the job that marks it, or why there is none."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from accounts.models import Tenant
from documents.models.batch import ITEMS_MAX, Batch
from documents.models.document import Document
from documents.models.job import Job

if TYPE_CHECKING:
    from accounts.principal import Principal

REF_MAX_CHARACTERS = 100


class BatchItemQuerySet(models.QuerySet["BatchItem"]):
    """Items, always seen by somebody."""

    def visible_to(self, principal: Principal) -> BatchItemQuerySet:
        """Return the items of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)

    def with_state(self, state: str | None = None) -> BatchItemQuerySet:
        """Add ``state``: the job's, or what there is to say without one; only items in one."""
        is_dropped = Q(batch__state=Batch.State.CANCELLED)
        items = self.annotate(
            state=Case(
                When(job__isnull=False, then=F("job__state")),
                When(~Q(error_code=""), then=Value(BatchItem.State.FAILED.value)),
                When(is_dropped, then=Value(BatchItem.State.CANCELLED.value)),
                default=Value(BatchItem.State.PENDING.value),
                output_field=models.CharField(),
            )
        )
        return items if state is None else items.filter(state=state)

    def to_try_again(self) -> BatchItemQuerySet:
        """Return those that ended without a copy and whose document is still there."""
        return self.filter(
            job__state__in=[Job.State.FAILED, Job.State.CANCELLED, Job.State.EXPIRED],
            document__deleted_at__isnull=True,
        )


class BatchItem(models.Model):
    """What was refused at the door has an error and no job; all others get one at the start.

    Trying again replaces ``job`` by the new one, whose ``retry_of`` is the old.
    """

    class State(models.TextChoices):
        """Where an item is."""

        PENDING = "pending"
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    # Tied to the tenant by pairs with its id, as every reference between tenants' rows. Found by
    # batch and place; nothing looks for the items of a document.
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="items", db_constraint=False, db_index=False
    )
    position = models.PositiveIntegerField()
    client_ref = models.CharField(max_length=REF_MAX_CHARACTERS, blank=True)
    file_name = models.CharField(max_length=255)
    document = models.ForeignKey(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    job = models.OneToOneField(
        Job,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="batch_item",
        db_constraint=False,
    )
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = BatchItemQuerySet.as_manager()

    class Meta:
        ordering = ("batch", "position")
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="batch_item_place"),
            models.UniqueConstraint(
                fields=["batch", "client_ref"],
                condition=~Q(client_ref=""),
                name="batch_item_client_ref",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=ITEMS_MAX),
                name="batch_item_within_limit",
            ),
            # Refused, with or without a document, or there to be marked: one of the two.
            models.CheckConstraint(
                condition=(~Q(error_code="") & Q(job__isnull=True))
                | (Q(error_code="") & Q(document__isnull=False)),
                name="batch_item_has_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.file_name}"
