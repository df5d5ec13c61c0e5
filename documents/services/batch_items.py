"""Putting documents into a batch, stored ones or new ones; a bad file harms no other.

What is refused at the door (no kind that we take, too long) becomes an item that has failed with
the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import F

from billing.services.quota import require_room
from config.errors import Conflict, DomainError, Invalid
from config.upload_form import StagedFile
from documents.events import show_batch
from documents.models import Batch, BatchItem, Document
from documents.models.batch import ITEMS_MAX
from documents.queries import DocumentMissing
from documents.services.batches import batch_of, open_batch, start_batch
from documents.services.documents import keep_files
from documents.services.names import clean_file_name

if TYPE_CHECKING:
    from accounts.principal import Principal
    from documents.watermark.spec import WatermarkSpec


class BatchNotOpen(Conflict):
    """It was started or cancelled already."""

    code = "batch_not_open"
    message = "This batch takes no more items: it was started or cancelled."


class TooManyItems(Invalid):
    """A batch has an end."""

    message = f"A batch has at most {ITEMS_MAX} items."

    def __init__(self, *location: str) -> None:
        ctx = {"max_length": ITEMS_MAX}
        problem = {"loc": [*location], "msg": self.message, "type": "too_many_items", "ctx": ctx}
        super().__init__(problems=[problem])


def process_documents(
    *,
    principal: Principal,
    document_ids: Sequence[UUID],
    spec: WatermarkSpec,
    title: str = "",
    client_refs: Sequence[str] = (),
    webhook_url: str = "",
) -> Batch:
    """Start a batch of stored documents, in this order.

    ``client_refs`` name the first of them, each another or empty; ``webhook_url``: as for
    ``open_batch``. Raises Invalid (too many, one twice, or an address that cannot be told),
    DocumentMissing (naming them) and QuotaExceeded: then nothing was started.
    """
    principal.require("jobs:write")
    _require_distinct(document_ids)
    require_room(tenant_id=principal.tenant_id, documents=len(document_ids))
    documents = Document.objects.visible_to(principal).in_bulk(document_ids)
    missing = [index for index, each in enumerate(document_ids) if each not in documents]
    if missing:
        first = ", ".join(f"document_ids[{index}]" for index in missing[:MISSING_NAMED])
        count = f"{len(missing)} of {len(document_ids)}"
        raise DocumentMissing(f"Not found: {count} documents, the first of them {first}.")
    with transaction.atomic():
        batch = open_batch(principal=principal, spec=spec, title=title, webhook_url=webhook_url)
        _put(batch, [(documents[each], None) for each in document_ids], client_refs)
        return start_batch(principal=principal, batch_id=batch.pk)


def mark_uploads(
    *,
    principal: Principal,
    files: Sequence[StagedFile],
    spec: WatermarkSpec,
    title: str = "",
    webhook_url: str = "",
) -> Batch:
    """Keep uploaded files as documents and start a batch of them.

    ``webhook_url``: as for ``open_batch``. Raises Invalid for one that cannot be told,
    TooManyItems, QuotaExceeded, StorageFull and StorageAway: then nothing was started.
    """
    principal.require("jobs:write")
    if len(files) > ITEMS_MAX:
        raise TooManyItems("body", "files")
    require_room(tenant_id=principal.tenant_id, documents=len(files))
    with transaction.atomic():
        kept = keep_files(principal=principal, files=files)
        batch = open_batch(principal=principal, spec=spec, title=title, webhook_url=webhook_url)
        _put(batch, list(zip(kept, files, strict=True)))
        return start_batch(principal=principal, batch_id=batch.pk)


def add_document(
    *, principal: Principal, batch_id: UUID, document_id: UUID, client_ref: str = ""
) -> tuple[BatchItem, bool]:
    """Put a stored document into an open batch; return the item, and whether it is new.

    ``client_ref``, if not empty, names one item of the batch: used again, the answer is that
    item. Raises BatchMissing, BatchNotOpen, DocumentMissing and TooManyItems.
    """
    with transaction.atomic():
        batch = batch_of(principal, batch_id, is_locked=True)
        if known := _item_called(batch, client_ref):
            return known, False
        document = Document.objects.visible_to(principal).filter(pk=document_id).first()
        if document is None:
            raise DocumentMissing
        return _add(batch, document, None, client_ref), True


def add_upload(
    *, principal: Principal, batch_id: UUID, staged: StagedFile, client_ref: str = ""
) -> tuple[BatchItem, bool]:
    """Keep an uploaded file and put it into an open batch; otherwise as ``add_document``.

    Raises StorageFull and StorageAway, too.
    """
    principal.require("documents:write")
    batch = batch_of(principal, batch_id)
    if known := _item_called(batch, client_ref):
        return known, False
    if batch.state != Batch.State.OPEN:
        raise BatchNotOpen
    with transaction.atomic():
        # Two that are sent at once have one name and one file each: the second finds the first.
        (kept,) = keep_files(principal=principal, files=[staged])
        batch = batch_of(principal, batch_id, is_locked=True)
        if known := _item_called(batch, client_ref):
            transaction.set_rollback(True)
            return known, False
        return _add(batch, kept, staged, client_ref), True


MISSING_NAMED = 5
Kept = Document | DomainError


def _add(batch: Batch, kept: Kept, staged: StagedFile | None, client_ref: str) -> BatchItem:
    if batch.state != Batch.State.OPEN:
        raise BatchNotOpen
    if batch.total >= ITEMS_MAX:
        raise TooManyItems("body", "file" if staged else "document_id")
    return _put(batch, [(kept, staged)], [client_ref])[0]


def _item_called(batch: Batch, client_ref: str) -> BatchItem | None:
    if not client_ref:
        return None
    return BatchItem.objects.filter(batch=batch, client_ref=client_ref).first()


def _put(
    batch: Batch, given: Sequence[tuple[Kept, StagedFile | None]], client_refs: Sequence[str] = ()
) -> list[BatchItem]:
    """Write items behind those that are there; the batch is locked, or nobody knows it yet."""
    items = []
    refs = [*client_refs, *[""] * (len(given) - len(client_refs))]
    for position, ((kept, staged), ref) in enumerate(
        zip(given, refs, strict=True), start=batch.total + 1
    ):
        item = BatchItem(tenant_id=batch.tenant_id, batch=batch, position=position, client_ref=ref)
        if isinstance(kept, Document):
            item.document, item.file_name = kept, kept.file_name
        else:
            item.file_name = clean_file_name(staged.name if staged else "")
            item.error_code, item.error_message = kept.code, kept.detail[:500]
        items.append(item)
    refused = sum(bool(item.error_code) for item in items)
    BatchItem.objects.bulk_create(items)
    Batch.objects.filter(pk=batch.pk).update(
        total=F("total") + len(items), failed=F("failed") + refused, seq=F("seq") + 1
    )
    batch.refresh_from_db()
    show_batch(batch)
    return items


def _require_distinct(document_ids: Sequence[UUID]) -> None:
    if len(document_ids) > ITEMS_MAX:
        raise TooManyItems("body", "document_ids")
    first: dict[UUID, int] = {}
    again = [
        index for index, each in enumerate(document_ids) if first.setdefault(each, index) != index
    ]
    message = "The same document more than once"
    if again:
        raise Invalid(
            problems=[
                {"loc": ["body", "document_ids", index], "msg": message, "type": "repeated_item"}
                for index in again
            ]
        )
