"""Reading batches and their items, in a number of queries that does not grow with the rows."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count

from accounts.principal import Principal
from config.errors import Conflict, Missing
from documents.models import Batch, BatchItem
from documents.models.batch import BatchQuerySet
from documents.models.batch_item import BatchItemQuerySet


class BatchMissing(Missing):
    """No such batch, or another tenant's."""


class BatchNotReady(Conflict):
    """Its archive would be another one with each item that ends."""

    code = "batch_not_ready"
    message = "This batch has not ended yet; its archive is made of all copies at once."


class ItemRow(NamedTuple):
    """What is shown of an item; what the copy is, as long as it is there."""

    id: uuid.UUID
    position: int
    client_ref: str
    file_name: str
    state: str
    document_id: uuid.UUID | None
    job_id: uuid.UUID | None
    error_code: str
    error_message: str
    created_at: datetime
    job__error_code: str | None
    job__error_message: str | None
    job__error_retryable: bool | None
    job__output_format: str | None
    job__page: int | None
    job__pages: int | None
    job__result_id: uuid.UUID | None
    job__result__size_bytes: int | None
    job__result__sha256: str | None
    job__result__crc32: int | None

    @property
    def percent(self) -> int:
        """How much of it is done, 0-100; of one that runs."""
        return min(99, (self.job__page or 0) * 100 // self.job__pages) if self.job__pages else 0

    @property
    def problem(self) -> tuple[str, str, bool] | None:
        """Code, sentence and whether trying again can help; None for what has not failed."""
        if self.error_code:
            return self.error_code, self.error_message, False
        if self.job__error_code:
            message = self.job__error_message or ""
            return self.job__error_code, message, bool(self.job__error_retryable)
        return None


def batches_for(principal: Principal, *, state: str | None = None) -> BatchQuerySet:
    """Return the tenant's batches, newest first."""
    batches = Batch.objects.visible_to(principal)
    return batches if state is None else batches.filter(state=state)


def batch_for(principal: Principal, batch_id: uuid.UUID) -> Batch:
    """Return one batch; raises ``BatchMissing``."""
    try:
        return batches_for(principal).get(pk=batch_id)
    except Batch.DoesNotExist:
        raise BatchMissing from None


def ended_batch_for(principal: Principal, batch_id: uuid.UUID) -> Batch:
    """Return one batch that has ended; raises ``BatchMissing`` and ``BatchNotReady``."""
    batch = batch_for(principal, batch_id)
    if not batch.is_ended:
        raise BatchNotReady
    return batch


def items_of(batch: Batch, *, state: str | None = None) -> BatchItemQuerySet:
    """Return the items of a batch, with their states, in their order."""
    items = BatchItem.objects.filter(tenant_id=batch.tenant_id, batch=batch)
    return items.with_state(state).order_by("position")


def counts_of_items(batch: Batch) -> dict[str, int]:
    """Return how many items are in which state, without those in which none is."""
    states = items_of(batch).order_by().values_list("state")  # type: ignore[misc] # annotated
    return dict(states.annotate(count=Count("pk")))


def count_to_try_again(batch: Batch) -> int:
    """Return how many items of a batch that has ended ``retry_failed`` would take."""
    return BatchItem.objects.filter(batch=batch).to_try_again().count() if batch.is_ended else 0


def has_copies(batch: Batch) -> bool:
    """Whether an archive could be made of it: it has ended, and not all copies are gone again."""
    if not batch.is_ended or not batch.succeeded:
        return False
    return BatchItem.objects.filter(batch=batch, job__result__isnull=False).exists()


def item_rows(items: BatchItemQuerySet) -> list[ItemRow]:
    """Return what is shown of ``items``, in one query."""
    return list(map(ItemRow._make, items.values_list(*ItemRow._fields)))


def item_row(batch: Batch, item_id: uuid.UUID) -> ItemRow:
    """Return what is shown of one item that is there."""
    (row,) = item_rows(items_of(batch).filter(pk=item_id))
    return row
