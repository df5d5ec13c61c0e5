"""Operations on batches: read the input, make one domain call, show the outcome."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Tenant
from config.api.endpoints import Endpoint
from config.api.lists import wants_csv
from config.api.pagination import CursorPages, Page, page_body
from config.api.parsers import JsonParser
from config.api.shapes import Shape
from documents import batch_queries
from documents.api import batch_docs as docs
from documents.api.batch_bodies import batch_body, batch_path, item_body, manifest_text
from documents.api.batch_inputs import (
    read_batch,
    read_batch_process,
    read_batch_upload,
    read_item,
    read_item_upload,
)
from documents.api.batch_shapes import BatchQuery, ProcessForm
from documents.api.bodies import base_address, job_path
from documents.api.exports import csv_of_batches
from documents.api.inputs import is_json
from documents.api.item_pages import ItemQuery, page_of_items
from documents.archive import Archive
from documents.downloads import Sent, content_disposition, sent_response
from documents.models import Batch
from documents.queries import ResultGone, document_for
from documents.services.batch_items import (
    add_document,
    add_upload,
    mark_uploads,
    process_documents,
)
from documents.services.batches import cancel_batch, open_batch, retry_failed, start_batch
from documents.services.jobs import submit_job
from documents.services.specs import default_spec

POLL_SECONDS = 1


class ProcessView(Endpoint):
    """Marking a stored document without saying how."""

    required_scopes = {"POST": "jobs:write"}
    parser_classes = (JsonParser,)
    refusals = {"POST": docs.PROCESS_REFUSALS}

    @docs.process_document
    def post(self, request: Request) -> Response:
        """Ask for the workspace's default mark."""
        values = ProcessForm.read(request.data)
        document = document_for(self.principal, values["doc_id"])
        job = submit_job(
            principal=self.principal,
            document=document,
            spec=default_spec(tenant=document.tenant),
            webhook_url=values.get("webhook_url", ""),
        )
        headers = {"Location": job_path(job.id), "Retry-After": str(POLL_SECONDS)}
        return Response(
            {"status": "processing_started", "job_id": str(job.id)}, 202, headers=headers
        )


class BatchWatermarkView(Endpoint):
    """Marking many uploads."""

    required_scopes = {"POST": ("documents:write", "jobs:write")}
    refusals = {"POST": docs.UPLOAD_REFUSALS}

    @docs.watermark_batch
    def post(self, request: Request) -> Response:
        """Store uploads and start a batch of them."""
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        asked = read_batch_upload(request, tenant)
        batch = mark_uploads(
            principal=self.principal,
            files=asked.files,
            spec=asked.spec,
            title=asked.title,
            webhook_url=asked.webhook_url,
        )
        return started(request, batch)


class BatchProcessView(Endpoint):
    """Marking many stored documents."""

    required_scopes = {"POST": "jobs:write"}
    parser_classes = (JsonParser,)
    refusals = {"POST": docs.PROCESS_BATCH_REFUSALS}

    @docs.process_batch
    def post(self, request: Request) -> Response:
        """Start a batch of stored documents."""
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        asked = read_batch_process(request, tenant)
        batch = process_documents(
            principal=self.principal,
            document_ids=asked.document_ids,
            spec=asked.spec,
            title=asked.title,
            webhook_url=asked.webhook_url,
        )
        return started(request, batch)


class BatchesView(Endpoint):
    """The workspace's batches."""

    required_scopes = {"GET": "jobs:read", "POST": "jobs:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": BatchQuery}
    parser_classes = (JsonParser,)
    refusals = {"POST": docs.OPEN_REFUSALS}

    @docs.list_batches
    def get(self, request: Request) -> HttpResponseBase:
        """List batches."""
        pages = CursorPages(limit=self.query.pop("limit"), cursor=self.query.pop("cursor", None))
        found = batch_queries.batches_for(self.principal, **self.query)
        base = base_address(request)
        if wants_csv(request):
            return csv_of_batches(found, self.principal.tenant_id, base)
        page: Page[Batch] = pages.page(found)
        return Response(page_body(request, page, lambda batch: batch_body(batch, base)))

    @docs.open_batch
    def post(self, request: Request) -> Response:
        """Open an empty batch."""
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        asked = read_batch(request, tenant)
        batch = open_batch(
            principal=self.principal,
            spec=asked.spec,
            title=asked.title,
            webhook_url=asked.webhook_url,
        )
        body = batch_body(batch, base_address(request))
        return Response(body, 201, headers={"Location": batch_path(batch.id)})


class BatchView(Endpoint):
    """One batch."""

    required_scopes = {"GET": "jobs:read"}

    @docs.get_batch
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Show a batch."""
        batch = batch_queries.batch_for(self.principal, batch_id)
        return Response(batch_body(batch, base_address(request)))


class BatchItemsView(Endpoint):
    """What is in a batch."""

    required_scopes = {"GET": "jobs:read", "POST": "jobs:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": ItemQuery}
    parser_classes = (JsonParser,)
    refusals = {"POST": docs.ITEM_REFUSALS}

    @docs.list_batch_items
    def get(self, request: Request, batch_id: uuid.UUID) -> Response:
        """List items."""
        batch = batch_queries.batch_for(self.principal, batch_id)
        items = batch_queries.items_of(batch, state=self.query.get("state"))
        page = page_of_items(items, limit=self.query["limit"], cursor=self.query.get("cursor"))
        base = base_address(request)
        return Response(page_body(request, page, lambda row: item_body(row, base)))

    @docs.add_batch_item
    def post(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Put a file or a stored document into the batch."""
        batch = batch_queries.batch_for(self.principal, batch_id)
        asked = read_item(request) if is_json(request) else read_item_upload(request)
        principal, ref = self.principal, asked.client_ref
        if isinstance(asked.source, uuid.UUID):
            item, is_new = add_document(
                principal=principal, batch_id=batch.pk, document_id=asked.source, client_ref=ref
            )
        else:
            item, is_new = add_upload(
                principal=principal, batch_id=batch.pk, staged=asked.source, client_ref=ref
            )
        body = item_body(batch_queries.item_row(batch, item.pk), base_address(request))
        return Response(body, 201 if is_new else 200)


class BatchStartView(Endpoint):
    """Starting a batch."""

    required_scopes = {"POST": "jobs:write"}
    refusals = {"POST": docs.START_REFUSALS}

    @docs.start_batch
    def post(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Start a batch."""
        return started(request, start_batch(principal=self.principal, batch_id=batch_id))


class BatchCancelView(Endpoint):
    """Stopping a batch."""

    required_scopes = {"POST": "jobs:write"}
    refusals = {"POST": docs.CANCEL_REFUSALS}

    @docs.cancel_batch
    def post(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Cancel a batch."""
        batch = cancel_batch(principal=self.principal, batch_id=batch_id)
        return Response(batch_body(batch, base_address(request)))


class BatchRetryView(Endpoint):
    """Trying again what has failed."""

    required_scopes = {"POST": "jobs:write"}
    refusals = {"POST": docs.RETRY_REFUSALS}

    @docs.retry_failed_items
    def post(self, request: Request, batch_id: uuid.UUID) -> Response:
        """Try the failed items again."""
        return started(request, retry_failed(principal=self.principal, batch_id=batch_id))


class BatchArchiveView(Endpoint):
    """All copies of a batch."""

    required_scopes = {"GET": "jobs:read"}
    refusals = {"GET": docs.ARCHIVE_REFUSALS}

    @docs.download_archive
    def get(self, request: Request, batch_id: uuid.UUID) -> HttpResponseBase:
        """Download all copies."""
        batch = batch_queries.ended_batch_for(self.principal, batch_id)
        archive = Archive(batch, batch_queries.item_rows(batch_queries.items_of(batch)))
        if not archive.count:
            raise ResultGone("There is no copy of this batch, or not any more.")
        file = Sent(
            size_bytes=archive.size_bytes,
            content_type="application/zip",
            etag=f'"{archive.sha256}"',
            open=lambda part: archive.open(offset=part.start, length=len(part)),
        )
        return sent_response(request._request, file, f"batch-{batch.pk}.zip")


class BatchManifestView(Endpoint):
    """All items of a batch as a table."""

    required_scopes = {"GET": "jobs:read"}

    @docs.download_manifest
    def get(self, request: Request, batch_id: uuid.UUID) -> HttpResponse:
        """Download the table of all items."""
        batch = batch_queries.batch_for(self.principal, batch_id)
        rows = batch_queries.item_rows(batch_queries.items_of(batch))
        text = manifest_text(rows, base_address(request))
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = content_disposition(f"batch-{batch.pk}.csv")
        response["Cache-Control"] = "private, no-cache"
        return response


def started(request: Request, batch: Batch) -> Response:
    """Answer 202: where to look, and how soon (RFC 9110, 15.3.3)."""
    headers = {"Location": batch_path(batch.id), "Retry-After": str(POLL_SECONDS)}
    return Response(batch_body(batch, base_address(request)), 202, headers=headers)
