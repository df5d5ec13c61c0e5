"""What the OpenAPI document says of each operation beyond what its view declares."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiRequest,
    OpenApiResponse,
    PolymorphicProxySerializer,
)

from config.api.lists import AS_CSV, CSV_ANSWER
from config.api.schema import operation
from documents.api.examples import CONFIG_EXAMPLE, UPLOAD_ID, document_example, job_example
from documents.api.forms import DocumentUploadForm, MarkUploadForm
from documents.api.serializers import (
    DocumentCreate,
    DocumentOut,
    DocumentPage,
    FinishedUploadForm,
    JobOut,
    JobPage,
)
from documents.api.watermark_config import JobRequest, WatermarkForm
from documents.formats.asset_kinds import AssetFormat
from documents.formats.kinds import ACCEPTED, DocumentFormat

DOCUMENTS, WATERMARKING, JOBS = "Documents", "Watermarking", "Jobs"

UPLOAD_REFUSALS = (
    "malformed_form",
    "unsupported_format",
    "storage_full",
    "storage_unavailable",
    "too_many_uploads",
)
DOCUMENT_REFUSALS = (
    *UPLOAD_REFUSALS,
    "malformed_json",
    "not_found",
    "upload_unfinished",
    "upload_taken",
    "upload_locked",
)
MARK_UPLOAD_REFUSALS = (*UPLOAD_REFUSALS, "not_found", "asset_deleted", "quota_exceeded")
DOWNLOAD_REFUSALS = ("precondition_failed", "range_not_satisfiable", "storage_unavailable")
RESULT_REFUSALS = ("not_ready", "gone", *DOWNLOAD_REFUSALS)
_ASKED_FOR_REFUSALS = (
    "document_deleted", "asset_deleted", "quota_exceeded", "spend_cap_reached",
)  # fmt: skip
MARK_REFUSALS = (
    "conversion_unavailable",
    "malformed_json",
    "malformed_form",
    *_ASKED_FOR_REFUSALS,
)
CANCEL_REFUSALS = ("job_ended",)
RETRY_REFUSALS = ("job_not_retryable", *_ASKED_FOR_REFUSALS)


def _header(name: str, description: str, on: list[int] | bool, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=on,
        description=description,
        **more,
    )


def _asked(name: str, description: str, example: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=description,
        examples=[OpenApiExample(name, example)],
    )


_ETAG = f'"{document_example()["sha256"]}"'
FOLLOW = (
    _header("Location", "The job's path.", [202], required=True),
    _header("Retry-After", "Seconds to wait before asking for the job.", [202], required=True),
)
WAIT = (
    _asked(
        "Prefer",
        "`wait=N` holds the answer until the job has ended, for at most N seconds, N ≤ 20"
        " (RFC 7240). Then it is `200` with the ended job, else the usual `202`.",
        "wait=20",
    ),
    _header("Preference-Applied", "`wait=N`, where the preference was honoured.", [200, 202]),
)
_CREATED = _header("Location", "The document's path.", [200, 201], required=True)
BYTES = (
    _asked("Range", "One range of bytes (RFC 9110, 14.2).", "bytes=0-1023"),
    _asked("If-None-Match", "An ETag: `304` if the bytes are still those.", _ETAG),
    _asked("If-Range", "An ETag: the whole file if the bytes are no longer those.", _ETAG),
    _header("ETag", "The SHA-256 of the whole file.", [200, 206, 304], required=True),
    _header("Content-Disposition", "The name to save it as.", [200, 206]),
    _header("Accept-Ranges", "`bytes`.", [200, 206]),
    _header("Content-Range", "Which bytes of how many.", [206, 416], required=True),
)


def whole_or_part(*formats: DocumentFormat | AssetFormat) -> dict[Any, OpenApiResponse]:
    """Return the answers that are a file of one of these formats, or a part of it."""
    whole = OpenApiResponse(OpenApiTypes.BINARY, "The whole file.")
    part = OpenApiResponse(OpenApiTypes.BINARY, "The range asked for.")
    types = [each.media_type.partition(";")[0] for each in formats]
    return {
        **{(200, each): whole for each in types},
        **{(206, each): part for each in types},
        304: OpenApiResponse(None, "Unchanged."),
    }


FILE_TYPES = ", ".join(each.media_type.partition(";")[0] for each in DocumentFormat)
_FILE_PART = {"file": {"contentType": FILE_TYPES}}
_DOCUMENT = OpenApiExample("document", document_example())
_UPLOADED = OpenApiExample("document", document_example(page_count=None))
_ASKED_FOR = OpenApiExample("queued", job_example("queued"))
_QUEUED = OpenApiExample("queued", job_example("queued", queue_position=1))
_RUNNING = OpenApiExample("running", job_example("running"))
_SUCCEEDED = OpenApiExample("succeeded", job_example("succeeded"))
_FAILED = OpenApiExample("failed", job_example("failed"))
_CANCELLED = OpenApiExample("cancelled", job_example("cancelled"))
_ACCEPTED = {
    200: OpenApiResponse(JobOut, "Ended within the wait.", [_SUCCEEDED, _FAILED]),
    202: OpenApiResponse(JobOut, "Queued.", [_ASKED_FOR]),
}
_FINISHED = OpenApiExample(
    "upload", {"upload_id": UPLOAD_ID, "title": "Offer 2026-17"}, request_only=True
)
_CONFIG = OpenApiExample("config", CONFIG_EXAMPLE, request_only=True)
_FILE_NAME = "offer-2026-17.pdf"
_FILE_SENT = OpenApiExample(
    "file", {"file": _FILE_NAME, "title": "Offer 2026-17"}, request_only=True
)
_FILE_AND_CONFIG = OpenApiExample(
    "file and config", {"file": _FILE_NAME, "config": CONFIG_EXAMPLE}, request_only=True
)
_FILE_AND_FIELDS = OpenApiExample(
    "file and fields", {"file": _FILE_NAME, **CONFIG_EXAMPLE}, request_only=True
)


def _page(item: dict[str, Any], path: str) -> OpenApiExample:
    following = f"https://api.example.com{path}?cursor=AAZgxVYLQuIETD2H8H5P06Y1NveLY5e0"
    return OpenApiExample("page", {"results": [item], "next": following, "previous": None})


list_documents = operation(
    "listDocuments",
    tag=DOCUMENTS,
    summary="List documents",
    description=AS_CSV,
    responses={
        200: OpenApiResponse(
            DocumentPage, "One page.", [_page(document_example(), "/api/v1/documents/")]
        ),
        **CSV_ANSWER,
    },
)
_CONTENT = OpenApiExample(
    "content",
    {"title": "Offer 2026-17", "content": "Dear Ms Moreau,\n\nThank you.", "format": "pdf"},
    request_only=True,
)
upload_document = operation(
    "uploadDocument",
    tag=DOCUMENTS,
    summary="Upload or write a document",
    description=f"Stores one file: {ACCEPTED}, known by its bytes. They are streamed: any size up"
    " to the workspace's limit. Pages are counted when the document is marked for the first time."
    " As JSON it writes `content` as a document of the `format` asked for, or with `upload_id`"
    " makes a finished resumable upload a document; asked again that is `200` with the same one.",
    request={
        "multipart/form-data": OpenApiRequest(
            DocumentUploadForm, encoding=_FILE_PART, examples=[_FILE_SENT]
        ),
        "application/json": OpenApiRequest(
            PolymorphicProxySerializer(
                "DocumentFromJson",
                [DocumentCreate, FinishedUploadForm],
                resource_type_field_name=None,
            ),
            examples=[_CONTENT, _FINISHED],
        ),
    },
    responses={
        200: OpenApiResponse(DocumentOut, "Stored before.", [_UPLOADED]),
        201: OpenApiResponse(DocumentOut, "Stored.", [_UPLOADED]),
    },
    headers=[_CREATED],
)
get_document = operation(
    "getDocument",
    tag=DOCUMENTS,
    summary="Get a document",
    responses={200: OpenApiResponse(DocumentOut, "The document.", [_DOCUMENT])},
)
delete_document = operation(
    "deleteDocument",
    tag=DOCUMENTS,
    summary="Delete a document",
    description="Stops its jobs that have not ended and deletes its bytes. Copies already made"
    " from it stay until they expire.",
    responses={204: OpenApiResponse(None, "Deleted.")},
)
download_document = operation(
    "downloadDocument",
    tag=DOCUMENTS,
    summary="Download a document",
    description="The bytes as they were uploaded.",
    responses=whole_or_part(*DocumentFormat),
    headers=BYTES,
)
watermark_document = operation(
    "watermarkDocument",
    tag=WATERMARKING,
    summary="Mark a stored document",
    request={
        "application/json": OpenApiRequest(JobRequest, examples=[_CONFIG]),
        "application/x-www-form-urlencoded": OpenApiRequest(WatermarkForm),
        "multipart/form-data": OpenApiRequest(WatermarkForm),
    },
    responses=_ACCEPTED,
    headers=[*FOLLOW, *WAIT],
)
watermark_upload = operation(
    "watermarkUpload",
    tag=WATERMARKING,
    summary="Upload a document and mark it",
    description="One call for both. Give the configuration as a JSON part `config`, or as flat"
    " fields. A flat field wins over the same field of the part.",
    request={
        "multipart/form-data": OpenApiRequest(
            MarkUploadForm,
            encoding={**_FILE_PART, "config": {"contentType": "application/json"}},
            examples=[_FILE_AND_CONFIG, _FILE_AND_FIELDS],
        )
    },
    responses=_ACCEPTED,
    headers=[*FOLLOW, *WAIT],
)
list_jobs = operation(
    "listJobs",
    tag=JOBS,
    summary="List jobs",
    description=AS_CSV,
    responses={
        200: OpenApiResponse(
            JobPage, "One page.", [_page(job_example("succeeded"), "/api/v1/jobs/")]
        ),
        **CSV_ANSWER,
    },
)
get_job = operation(
    "getJob",
    tag=JOBS,
    summary="Get a job",
    responses={200: OpenApiResponse(JobOut, "The job.", [_QUEUED, _RUNNING, _SUCCEEDED, _FAILED])},
)
cancel_job = operation(
    "cancelJob",
    tag=JOBS,
    summary="Cancel a job",
    description="A waiting job ends at once. A running one is asked to stop, which takes a second"
    " or so: `cancel_requested` is true, and its `state` changes when it has stopped.",
    responses={200: OpenApiResponse(JobOut, "Cancelled, or about to be.", [_CANCELLED])},
)
retry_job = operation(
    "retryJob",
    tag=JOBS,
    summary="Repeat a job",
    description="Starts the work of a job that ended without a copy again, as a new job; the"
    " old one stays as it is. While a repetition is under way, asking again answers with it.",
    responses=_ACCEPTED,
    headers=[*FOLLOW, *WAIT],
)
download_result = operation(
    "downloadResult",
    tag=JOBS,
    summary="Download the marked copy",
    description="A PDF; of a Word document a Word document, unless a PDF was asked for.",
    responses=whole_or_part(DocumentFormat.PDF, DocumentFormat.DOCX),
    headers=BYTES,
)
