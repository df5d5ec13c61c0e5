"""The jobs of a batch, made in a number of statements that does not grow with the items."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from django.db import connection, transaction
from django.db.models.functions import Now

from billing.services.quota import Hold, reserve_all
from config.errors import DomainError, Invalid
from config.request_id import current_request_id
from documents.events import announce_all
from documents.formats.outputs import copy_format
from documents.models import Batch, BatchItem, Job
from documents.services.asset_names import hold_assets
from documents.services.jobs import (
    PAGES_UNCOUNTED,
    Actor,
    DocumentDeleted,
    made_by,
    nudge,
    to_be_nudged,
)
from documents.services.kinds import check_kind
from documents.watermark.spec import WatermarkSpec

_LINK = """
    UPDATE documents_batchitem SET job_id = pair.job_id
    FROM unnest(%s::uuid[], %s::uuid[]) AS pair (item_id, job_id)
    WHERE documents_batchitem.id = pair.item_id
"""


def drop_unfit(batch: Batch, items: Sequence[BatchItem]) -> list[BatchItem]:
    """Return the items that can have a job; write down of the others why they cannot.

    Documents deleted meanwhile, and kinds of documents that cannot have this mark.
    """
    spec = WatermarkSpec.parse(batch.spec)
    unfit: dict[tuple[str, str], list[uuid.UUID]] = {}
    fit = []
    for item in items:
        refusal = _refusal_of(item, spec)
        if refusal is None:
            fit.append(item)
        else:
            unfit.setdefault((refusal.code, refusal.detail[:500]), []).append(item.pk)
    for (code, message), ids in unfit.items():  # one or two: there is one mark for all
        BatchItem.objects.filter(pk__in=ids).update(error_code=code, error_message=message)
    return fit


def _refusal_of(item: BatchItem, spec: WatermarkSpec) -> DomainError | None:
    if item.document is None or item.document.deleted_at is not None:
        return DocumentDeleted()
    try:
        check_kind(item.document, spec)
    except Invalid as refusal:
        return refusal
    return None


def queue_jobs(*, actor: Actor, batch: Batch, items: Sequence[BatchItem]) -> list[Job]:
    """Queue a job for each of ``items``, in their order; the row of the batch is locked.

    Items have their documents at hand; one that has a job already gets a repetition of it.
    Raises QuotaExceeded when the month's allowance does not suffice for all.
    """
    asset_ids = hold_assets(batch.spec, batch.tenant_id)
    documents = [item.document for item in items if item.document]
    nudged = max(0, to_be_nudged(batch.tenant_id))
    # What became due at the same moment is done in the order of the ids.
    ids = sorted(uuid.uuid4() for _ in items)
    jobs = [
        Job(
            id=job_id,
            tenant_id=batch.tenant_id,
            document=document,
            batch_id=batch.pk,
            spec=batch.spec,
            asset_ids=asset_ids,
            output_format=copy_format(document.kind, batch.spec).value,
            dispatched_at=Now() if place < nudged else None,
            retry_of_id=item.job_id,
            request_id=current_request_id(),
            **made_by(actor),
        )
        for place, (job_id, item, document) in enumerate(zip(ids, items, documents, strict=True))
    ]
    Job.objects.bulk_create(jobs)
    _link(items, jobs)
    holds = [
        Hold(
            source=job.source,
            documents=1,
            pages=job.document.page_count or PAGES_UNCOUNTED,
            bytes=job.document.blob.size_bytes if job.document.blob else 0,
            api_key_id=job.api_key_id,
        )
        for job in jobs
    ]
    reserve_all(tenant_id=batch.tenant_id, holds=holds)
    for job in jobs[:nudged]:
        transaction.on_commit(partial(nudge, job))
    announce_all(jobs)
    return jobs


def _link(items: Sequence[BatchItem], jobs: Sequence[Job]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LINK, [[item.pk for item in items], [job.pk for job in jobs]])
