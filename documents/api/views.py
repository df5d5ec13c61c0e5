"""Operations on documents and jobs: read the input, make one domain call, show the outcome."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Tenant
from config.api.endpoints import Endpoint
from config.api.lists import asked_list, wants_csv
from config.api.pagination import Page, page_body
from config.api.parsers import FieldsParser, FormParser, JsonParser
from config.api.shapes import Shape
from documents import queries
from documents.api import docs, look_docs
from documents.api.bodies import (
    base_address,
    document_body,
    document_path,
    job_body,
    job_path,
    row_of,
    shown_job,
)
from documents.api.exports import csv_of_documents, csv_of_jobs
from documents.api.inputs import (
    FinishedUpload,
    is_json,
    read_document_json,
    read_document_upload,
    read_mark,
    read_mark_upload,
)
from documents.api.look_shapes import BulkDeletionForm
from documents.api.serializers import DocumentQuery, JobQuery
from documents.downloads import document_response
from documents.models import Document, Job
from documents.services.documents import create_document, delete_document, delete_documents
from documents.services.jobs import cancel_job, retry_job, submit_job
from documents.services.marking import mark_upload
from documents.services.uploads import document_of_upload
from documents.services.writing import write_document

POLL_SECONDS = 1


class DocumentsView(Endpoint):
    """The workspace's documents."""

    required_scopes = {"GET": "documents:read", "POST": "documents:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": DocumentQuery}
    refusals = {"POST": docs.DOCUMENT_REFUSALS}

    @docs.list_documents
    def get(self, request: Request) -> HttpResponseBase:
        """List documents."""
        asked = asked_list(self.query)
        found = asked.within(queries.documents_for(self.principal, **asked.filters))
        rows = found.values_list(*queries.DOCUMENT_COLUMNS)
        if wants_csv(request):
            return csv_of_documents(rows, self.principal.tenant_id, asked)
        page = asked.pages.page(rows, queries.DocumentRow._make)
        base = base_address(request)
        return Response(page_body(request, page, lambda row: document_body(row, base)))

    @docs.upload_document
    def post(self, request: Request) -> Response:
        """Store an upload or what a resumable one has brought, or write a document."""
        document, is_new = self._made_of(request)
        body = document_body(row_of(document), base_address(request))
        location = {"Location": document_path(document.id)}
        return Response(body, 201 if is_new else 200, headers=location)

    def _made_of(self, request: Request) -> tuple[Document, bool]:
        if not is_json(request):
            upload = read_document_upload(request)
            return create_document(
                principal=self.principal, staged=upload.file, title=upload.title
            ), True
        given = read_document_json(request)
        if isinstance(given, FinishedUpload):
            return document_of_upload(
                principal=self.principal, upload_id=given.upload_id, title=given.title
            )
        return write_document(
            principal=self.principal,
            title=given.title,
            content=given.content,
            format=given.format,
        ), True


class DocumentView(Endpoint):
    """One document."""

    required_scopes = {"GET": "documents:read", "DELETE": "documents:write"}

    @docs.get_document
    def get(self, request: Request, document_id: uuid.UUID) -> Response:
        """Show a document."""
        row = queries.document_row(self.principal, document_id)
        return Response(document_body(row, base_address(request)))

    @docs.delete_document
    def delete(self, request: Request, document_id: uuid.UUID) -> Response:
        """Delete a document."""
        document = queries.document_for(self.principal, document_id)
        delete_document(principal=self.principal, document=document)
        return Response(status=204)


class BulkDeletionView(Endpoint):
    """Several documents at once."""

    required_scopes = {"POST": "documents:write"}
    parser_classes = (JsonParser,)
    refusals = {"POST": look_docs.DELETE_REFUSALS}

    @look_docs.delete_documents
    def post(self, request: Request) -> Response:
        """Delete several documents."""
        values = BulkDeletionForm.read(request.data)
        deleted = delete_documents(principal=self.principal, document_ids=values["document_ids"])
        return Response({"deleted": [str(each) for each in deleted]})


class DocumentDownloadView(Endpoint):
    """A document's bytes."""

    required_scopes = {"GET": "documents:read"}
    refusals = {"GET": docs.DOWNLOAD_REFUSALS}

    @docs.download_document
    def get(self, request: Request, document_id: uuid.UUID) -> HttpResponseBase:
        """Download a document."""
        document = queries.document_for(self.principal, document_id)
        return document_response(
            request._request, document.blob, document.download_name, document.content_type
        )


class DocumentWatermarkView(Endpoint):
    """Marking a stored document."""

    required_scopes = {"POST": "jobs:write"}
    parser_classes = (JsonParser, FormParser, FieldsParser)
    refusals = {"POST": docs.MARK_REFUSALS}

    @docs.watermark_document
    def post(self, request: Request, document_id: uuid.UUID) -> Response:
        """Ask for a mark on a stored document."""
        document = queries.document_for(self.principal, document_id)
        asked = read_mark(request, document.tenant)
        job = submit_job(
            principal=self.principal,
            document=document,
            spec=asked.spec,
            webhook_url=asked.webhook_url,
        )
        return accepted(request, job)


class WatermarkView(Endpoint):
    """Marking an upload."""

    required_scopes = {"POST": ("documents:write", "jobs:write")}
    refusals = {"POST": docs.MARK_UPLOAD_REFUSALS}

    @docs.watermark_upload
    def post(self, request: Request) -> Response:
        """Store an upload and ask for a mark on it."""
        tenant = Tenant.objects.get(pk=self.principal.tenant_id)
        upload = read_mark_upload(request, tenant)
        job = mark_upload(
            principal=self.principal,
            staged=upload.file,
            title=upload.title,
            spec=upload.spec,
            webhook_url=upload.webhook_url,
        )
        return accepted(request, job)


class JobsView(Endpoint):
    """The workspace's jobs."""

    required_scopes = {"GET": "jobs:read"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": JobQuery}

    @docs.list_jobs
    def get(self, request: Request) -> HttpResponseBase:
        """List jobs."""
        asked = asked_list(self.query)
        found = asked.within(queries.jobs_for(self.principal, **asked.filters))
        if wants_csv(request):
            return csv_of_jobs(found, self.principal.tenant_id, asked)
        page: Page[Job] = asked.pages.page(found)
        base = base_address(request)
        return Response(page_body(request, page, lambda job: job_body(job, base)))


class JobView(Endpoint):
    """One job."""

    required_scopes = {"GET": "jobs:read"}

    @docs.get_job
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        """Show a job."""
        return Response(shown_job(self.principal, job_id, base_address(request)))


class JobCancelView(Endpoint):
    """Stopping a job."""

    required_scopes = {"POST": "jobs:write"}
    refusals = {"POST": docs.CANCEL_REFUSALS}

    @docs.cancel_job
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Cancel a job."""
        job = cancel_job(principal=self.principal, job=queries.job_for(self.principal, job_id))
        return Response(job_body(job, base_address(request)))


class JobRetryView(Endpoint):
    """Doing a job's work again."""

    required_scopes = {"POST": "jobs:write"}
    refusals = {"POST": docs.RETRY_REFUSALS}

    @docs.retry_job
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        """Start the same work as a new job."""
        job = retry_job(principal=self.principal, job=queries.job_for(self.principal, job_id))
        return accepted(request, job)


class JobResultView(Endpoint):
    """A job's marked copy."""

    required_scopes = {"GET": "jobs:read"}
    refusals = {"GET": docs.RESULT_REFUSALS}

    @docs.download_result
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        """Download the marked copy."""
        job = queries.finished_job_for(self.principal, job_id)
        return document_response(
            request._request, job.result, job.result_file_name, job.result_type
        )


def accepted(request: Request, job: Job) -> Response:
    """Answer 202: where to look, and how soon (RFC 9110, 15.3.3)."""
    headers = {"Location": job_path(job.id), "Retry-After": str(POLL_SECONDS)}
    return Response(job_body(job, base_address(request)), 202, headers=headers)
