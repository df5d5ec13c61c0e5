"""What the OpenAPI document says of batches."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse

from config.api.lists import AS_CSV, CSV_ANSWER
from config.api.schema import operation
from documents.api import docs
from documents.api.batch_examples import batch_example, item_example, refused_item_example
from documents.api.batch_shapes import (
    BatchForm,
    BatchItemOut,
    BatchItemPage,
    BatchOut,
    BatchPage,
    BatchProcessForm,
    BatchUploadForm,
    ItemForm,
    ItemUploadForm,
    ProcessForm,
    ProcessingStarted,
)
from documents.api.examples import CONFIG_EXAMPLE, DOCUMENT_ID, HOST, JOB_ID, job_example
from documents.api.serializers import JobOut
from documents.models.batch import ITEMS_MAX

BATCHES = "Batches"
_UPLOADED = ("malformed_form", "storage_full", "storage_unavailable", "too_many_uploads")
PROCESS_REFUSALS = (
    "malformed_json",
    "not_found",
    "document_deleted",
    "asset_deleted",
    "quota_exceeded",
)
UPLOAD_REFUSALS = (*_UPLOADED, "not_found", "asset_deleted", "quota_exceeded")
PROCESS_BATCH_REFUSALS = ("malformed_json", "not_found", "asset_deleted", "quota_exceeded")
OPEN_REFUSALS = ("malformed_json", "not_found")
ITEM_REFUSALS = ("malformed_json", *_UPLOADED, "batch_not_open", "asset_deleted", "quota_exceeded")
START_REFUSALS = ("batch_empty", "batch_ended", "asset_deleted", "quota_exceeded")
CANCEL_REFUSALS = ("batch_ended",)
RETRY_REFUSALS = ("nothing_to_retry", "asset_deleted", "quota_exceeded")
ARCHIVE_REFUSALS = ("batch_not_ready", "gone", *docs.DOWNLOAD_REFUSALS)


def _header(name: str, description: str, on: list[int]) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=on,
        description=description,
        required=True,
    )


_FOLLOW = (
    _header("Location", "The batch's path.", [202]),
    _header("Retry-After", "Seconds to wait before asking for the batch.", [202]),
)
_OPEN = OpenApiExample("open", batch_example("open", total=0))
_RUNNING = OpenApiExample("running", batch_example("running", succeeded=20, failed=1))
_DONE = OpenApiExample("completed", batch_example("completed", succeeded=50))
_WITH_ERRORS = OpenApiExample(
    "completed_with_errors", batch_example("completed_with_errors", succeeded=48, failed=2)
)
_CANCELLED = OpenApiExample("cancelled", batch_example("cancelled", succeeded=20, cancelled=30))
_PENDING = OpenApiExample("pending", item_example("pending"))
_REFUSED = OpenApiExample("refused", refused_item_example())
_MARKED = item_example("succeeded")
_STARTED = {
    202: OpenApiResponse(
        BatchOut, "Started.", [OpenApiExample("started", batch_example("running"))]
    )
}
_OPERATION = {"operation": "watermark", "config": CONFIG_EXAMPLE}


def _asked(value: Any) -> OpenApiExample:
    return OpenApiExample("request", value, request_only=True)


def _page(item: dict[str, Any], following: str) -> OpenApiExample:
    return OpenApiExample(
        "page", {"results": [item], "next": f"{HOST}{following}", "previous": None}
    )


process_document = operation(
    "processDocument",
    tag=docs.WATERMARKING,
    summary="Mark a stored document with the default mark",
    description="The mark is the workspace's default, or CONFIDENTIAL where it has none.",
    request={
        "application/json": OpenApiRequest(ProcessForm, examples=[_asked({"doc_id": DOCUMENT_ID})])
    },
    responses={
        200: OpenApiResponse(
            JobOut,
            "Ended within the wait.",
            [OpenApiExample("succeeded", job_example("succeeded"))],
        ),
        202: OpenApiResponse(
            ProcessingStarted,
            "Queued.",
            [OpenApiExample("queued", {"status": "processing_started", "job_id": JOB_ID})],
        ),
    },
    headers=[*docs.FOLLOW, *docs.WAIT],
)
watermark_batch = operation(
    "watermarkBatch",
    tag=BATCHES,
    summary="Upload documents and mark them",
    description=f"Up to {ITEMS_MAX} files in one form, streamed, and one configuration for all. A"
    " file that cannot be taken (of no kind that we take, too long) is an item that has failed;"
    " the others are marked all the same.",
    request={
        "multipart/form-data": OpenApiRequest(
            BatchUploadForm,
            examples=[_asked({"files": ["offer-2026-17.pdf"], "watermark_config": CONFIG_EXAMPLE})],
            encoding={
                "files": {"contentType": docs.FILE_TYPES},
                "watermark_config": {"contentType": "application/json"},
            },
        )
    },
    responses=_STARTED,
    headers=_FOLLOW,
)
process_batch = operation(
    "processBatch",
    tag=BATCHES,
    summary="Mark stored documents",
    description=f"Up to {ITEMS_MAX} documents of the workspace: all of them, or nothing.",
    request={
        "application/json": OpenApiRequest(
            BatchProcessForm,
            examples=[_asked({"document_ids": [DOCUMENT_ID], "operations": [_OPERATION]})],
        )
    },
    responses=_STARTED,
    headers=_FOLLOW,
)
list_batches = operation(
    "listBatches",
    tag=BATCHES,
    summary="List batches",
    description=AS_CSV,
    responses={
        200: OpenApiResponse(
            BatchPage,
            "One page.",
            [
                _page(
                    batch_example("completed", succeeded=50),
                    "/api/v1/batches/?cursor=AAZgxVYLQuIETD2H8H5P06Y1NveLY5e0",
                )
            ],
        ),
        **CSV_ANSWER,
    },
)
open_batch = operation(
    "openBatch",
    tag=BATCHES,
    summary="Open an empty batch",
    description="Then put in items one by one, and start it.",
    request={
        "application/json": OpenApiRequest(
            BatchForm, examples=[_asked({"title": "November offers", "config": CONFIG_EXAMPLE})]
        )
    },
    responses={201: OpenApiResponse(BatchOut, "Opened.", [_OPEN])},
    headers=[_header("Location", "The batch's path.", [201])],
)
get_batch = operation(
    "getBatch",
    tag=BATCHES,
    summary="Get a batch",
    responses={200: OpenApiResponse(BatchOut, "The batch.", [_RUNNING, _DONE, _WITH_ERRORS])},
)
list_batch_items = operation(
    "listBatchItems",
    tag=BATCHES,
    summary="List the items of a batch",
    responses={
        200: OpenApiResponse(
            BatchItemPage,
            "One page.",
            [
                _page(
                    _MARKED, "/api/v1/batches/3b0e9a56-6b0f-4d56-8b5b-3a41c07a1f10/items/?cursor=a1"
                )
            ],
        )
    },
)
add_batch_item = operation(
    "addBatchItem",
    tag=BATCHES,
    summary="Put a document into a batch",
    description="A file as a form, or a stored document as JSON. With a `client_ref` it is safe to"
    " send again: the answer is `200` with the item that has it. A file that cannot be taken is an"
    " item that has failed.",
    request={
        "multipart/form-data": OpenApiRequest(
            ItemUploadForm,
            examples=[_asked({"file": "offer-2026-17.pdf", "client_ref": "offer-17"})],
            encoding={"file": {"contentType": docs.FILE_TYPES}},
        ),
        "application/json": OpenApiRequest(
            ItemForm, examples=[_asked({"document_id": DOCUMENT_ID, "client_ref": "offer-17"})]
        ),
    },
    responses={
        200: OpenApiResponse(BatchItemOut, "There already.", [_PENDING]),
        201: OpenApiResponse(BatchItemOut, "Put in.", [_PENDING, _REFUSED]),
    },
)
start_batch = operation(
    "startBatch",
    tag=BATCHES,
    summary="Start a batch",
    description="Queues all items, or none. Asked again it is the batch as it is.",
    request=None,
    responses=_STARTED,
    headers=_FOLLOW,
)
cancel_batch = operation(
    "cancelBatch",
    tag=BATCHES,
    summary="Cancel a batch",
    description="Items that wait end at once; running ones are asked to stop, which takes a second"
    " or so. Copies that are there stay.",
    request=None,
    responses={200: OpenApiResponse(BatchOut, "Cancelled, or about to be.", [_CANCELLED])},
)
retry_failed_items = operation(
    "retryFailedItems",
    tag=BATCHES,
    summary="Try failed items again",
    description="Starts each item that ended without a copy (failed, cancelled, expired) again."
    " Refused files and deleted documents stay as they are.",
    request=None,
    responses=_STARTED,
    headers=_FOLLOW,
)
download_archive = operation(
    "downloadBatchArchive",
    tag=BATCHES,
    summary="Download all copies",
    description="A ZIP file, stored, once the batch has ended: of all copies that are there. Its"
    " length is known, and it can be gone on with after a broken connection.",
    responses={
        (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The whole file."),
        (206, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The range asked for."),
        304: OpenApiResponse(None, "Unchanged."),
    },
    headers=docs.BYTES,
)
download_manifest = operation(
    "downloadBatchManifest",
    tag=BATCHES,
    summary="Download the table of all items",
    description="CSV: number, your name for it, file, name in the archive, state, error code,"
    " pages, SHA-256 of the copy and where it is. No cell is a formula.",
    responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The table, as it is now.")},
)
