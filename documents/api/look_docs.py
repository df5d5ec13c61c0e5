"""What the OpenAPI document says of looks and of deleting several documents."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse

from config.api.header_parameters import asked, told
from config.api.schema import operation
from documents.api.docs import DOCUMENTS, WATERMARKING
from documents.api.examples import CONFIG_EXAMPLE, DOCUMENT_ID, config_example
from documents.api.look_shapes import (
    PAGE_MAX,
    BulkDeletionForm,
    BulkDeletionOut,
    InspectionOut,
    MarkValidationOut,
    PreviewRequest,
    ValidationRequest,
)

LOOK_REFUSALS = ("too_many_previews", "storage_unavailable")
DELETE_REFUSALS = ("malformed_json", "not_found")

_INSPECTION: dict[str, Any] = {
    "version": "1.7",
    "pages": 12,
    "pages_seen": 12,
    "sizes": [{"width": 595.0, "height": 842.0, "pages": 12}],
    "turned": 0,
    "scanned_share": 0.0,
    "encrypted": False,
    "needs_password": False,
    "allowed": ["extract", "print_highres"],
    "signed": True,
    "signatures": {"names": ["Signature1"], "certified": None, "usage_rights": False},
    "pdfa": "2b",
    "pdfua": "",
    "pdfx": "",
    "tagged": False,
    "linearized": False,
    "active_content": [],
    "is_marked": False,
    "warnings": [],
}
_VALIDATION: dict[str, Any] = {
    "ok": True,
    "config": config_example(),
    "document_id": DOCUMENT_ID,
    "pages": 12,
    "warnings": [
        {
            "code": "mark_scaled_down",
            "message": "The mark was made smaller where it did not fit a page.",
        }
    ],
    "obstacles": [],
    "charge": {"documents": 1, "pages": 12},
    "remaining": {"documents": None, "pages": 4_988},
}
_PNG = {(200, "image/png"): OpenApiResponse(OpenApiTypes.BINARY, "The page.")}
_PAGE = OpenApiParameter(
    "page",
    {"type": "integer", "minimum": 1, "maximum": PAGE_MAX},
    OpenApiParameter.PATH,
    description="The page's number, from 1.",
    examples=[OpenApiExample("page", 1)],
)
_ETAG_EXAMPLE = '"2c26b46b68ffc68ff99b453c1d304134"'


def _sent(shape: Any, example: dict[str, Any]) -> dict[str, Any]:
    shown = OpenApiExample("request", example, request_only=True)
    return {"application/json": OpenApiRequest(shape, examples=[shown])}


inspect_document = operation(
    "inspectDocument",
    tag=DOCUMENTS,
    summary="Inspect a document",
    description="Tells what a document is, by the program that would mark it: its pages, their"
    " sizes, encryption, signatures, what it claims to conform to.",
    responses={
        200: OpenApiResponse(
            InspectionOut, "What it is.", [OpenApiExample("inspection", _INSPECTION)]
        )
    },
)
draw_page = operation(
    "previewPage",
    tag=DOCUMENTS,
    summary="See a page",
    description="One page as a picture, without a mark.",
    responses={**_PNG, 304: OpenApiResponse(None, "Unchanged.")},
    headers=[
        _PAGE,
        asked("If-None-Match", "An ETag: `304` if the picture is still that.", _ETAG_EXAMPLE),
        told("ETag", "Of the picture.", [200, 304], required=True),
    ],
)
preview_watermark = operation(
    "previewWatermark",
    tag=WATERMARKING,
    summary="See a mark on a page",
    description="One page of a stored document with the mark, as a picture, by the program that"
    " makes the copies. Nothing is charged.",
    request=_sent(PreviewRequest, {"document_id": DOCUMENT_ID, "page": 1, **CONFIG_EXAMPLE}),
    responses=_PNG,
)
validate_watermark = operation(
    "validateWatermark",
    tag=WATERMARKING,
    summary="Rehearse a mark",
    description="Tells what a job would come to: its settings with all that was left out filled"
    " in, warnings, pages and cost, and what would stop it. Nothing is charged and nothing made."
    " Settings that a job would be refused for are refused here alike.",
    request=_sent(ValidationRequest, {"document_id": DOCUMENT_ID, **CONFIG_EXAMPLE}),
    responses={
        200: OpenApiResponse(
            MarkValidationOut, "The rehearsal.", [OpenApiExample("validation", _VALIDATION)]
        )
    },
)
delete_documents = operation(
    "deleteDocuments",
    tag=DOCUMENTS,
    summary="Delete several documents",
    description="As deleting each of them; all of them or, if there is one that is unknown, none.",
    request=_sent(BulkDeletionForm, {"document_ids": [DOCUMENT_ID]}),
    responses={
        200: OpenApiResponse(
            BulkDeletionOut, "Deleted.", [OpenApiExample("deleted", {"deleted": [DOCUMENT_ID]})]
        )
    },
)
