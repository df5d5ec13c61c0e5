"""What the OpenAPI document says of resumable uploads."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from config.api.schema import operation
from documents import tus
from documents.api.examples import DOCUMENT_ID, upload_example
from documents.api.serializers import UploadOut

UPLOADS = "Uploads"
VERSION_REFUSALS = ("tus_version_unsupported",)
_BYTES_REFUSALS = (
    *VERSION_REFUSALS,
    "bad_request",
    "request_timeout",
    "payload_too_large",
    "unsupported_media_type",
    "checksum_mismatch",
    "storage_full",
    "too_many_uploads",
)
CREATE_REFUSALS = _BYTES_REFUSALS
APPEND_REFUSALS = (*_BYTES_REFUSALS, "upload_offset_mismatch", "upload_taken", "upload_locked")
_KEY = r"[!-+\--~]+"
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_PAIR = f"{_KEY}(?: {_BASE64})?"
_METADATA = f"^(?:{_PAIR}(?:,{_PAIR})*)?$"
_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}


def _asked(
    name: str, schema: dict[str, Any], description: str, example: Any, *, required: bool = False
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.HEADER,
        required=required,
        description=description,
        examples=[OpenApiExample(name, example)],
    )


def _told(name: str, schema: Any, description: str, on: list[int], **more: Any) -> OpenApiParameter:
    return OpenApiParameter(
        name, schema, OpenApiParameter.HEADER, response=on, description=description, **more
    )


_VERSION = _asked(
    "Tus-Resumable",
    {"type": "string", "enum": [tus.VERSION]},
    "The version of the protocol that the client speaks.",
    tus.VERSION,
    required=True,
)
_CHECKSUM = _asked(
    "Upload-Checksum",
    {"type": "string", "pattern": "^(sha1 [A-Za-z0-9+/]{27}=|sha256 [A-Za-z0-9+/]{43}=)$"},
    "Algorithm and digest (base64) of this request's bytes. If they have another one, none of them"
    " is kept, and the answer is 460.",
    "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
)


def _state(on: list[int]) -> list[OpenApiParameter]:
    return [
        _told("Upload-Offset", OpenApiTypes.INT, "How many bytes have arrived.", on, required=True),
        _told("Upload-Expires", OpenApiTypes.STR, "Until when (RFC 9110).", on, required=True),
    ]


def _described(on: list[int]) -> list[OpenApiParameter]:
    return [
        *_state(on),
        _told("Upload-Length", OpenApiTypes.INT, "How many there will be.", on, required=True),
        _told("Upload-Metadata", OpenApiTypes.STR, "As the client has sent it.", on),
    ]


create_upload = operation(
    "createUpload",
    tag=UPLOADS,
    summary="Begin a resumable upload",
    description="Announces a file of `Upload-Length` bytes. The answer's `Location` is where they"
    f" go. A body of the type `{tus.CHUNK_TYPE}` may bring the first of them. `OPTIONS` tells"
    " without a credential what the server can do (`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`,"
    " `Tus-Checksum-Algorithm`).",
    responses={
        201: OpenApiResponse(
            UploadOut, "Begun.", [OpenApiExample("upload", upload_example(offset=0))]
        )
    },
    headers=[
        _VERSION,
        _asked(
            "Upload-Length",
            {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
            "How long the whole file is, in bytes.",
            1000,
            required=True,
        ),
        _asked(
            "Upload-Metadata",
            {"type": "string", "maxLength": tus.METADATA_MAX, "pattern": _METADATA},
            "Pairs of a key and its value in base64 (of UTF-8), with commas between them."
            " `filename` and `title` are read, all of it is kept.",
            "filename b2ZmZXItMjAyNi0xNy5wZGY=,title T2ZmZXI=",
        ),
        _CHECKSUM,
        _told("Location", OpenApiTypes.STR, "The upload's path.", [201], required=True),
        *_described([201]),
    ],
)
get_upload = operation(
    "getUpload",
    tag=UPLOADS,
    summary="Get a resumable upload",
    description="`HEAD` gives the same in headers, which is what clients of tus go on from.",
    responses={
        200: OpenApiResponse(
            UploadOut,
            "How far it is.",
            [
                OpenApiExample("begun", upload_example()),
                OpenApiExample("taken", upload_example(offset=482_133, document_id=DOCUMENT_ID)),
            ],
        )
    },
    headers=_described([200]),
)
append_to_upload = operation(
    "appendToUpload",
    tag=UPLOADS,
    summary="Send more bytes",
    description="From `Upload-Offset` on, which must be where the upload goes on. Whatever arrives"
    " stays, also when the connection breaks: ask with `HEAD` how much it was. A session of"
    " our pages sends `X-CSRFToken`, too; `POST` with `X-HTTP-Method-Override: PATCH` is the same.",
    request={tus.CHUNK_TYPE: OpenApiTypes.BINARY},
    responses={204: OpenApiResponse(None, "Arrived.")},
    headers=[
        _VERSION,
        _asked("Upload-Offset", _NUMBER, "Where these bytes begin.", 0, required=True),
        _CHECKSUM,
        *_state([204]),
    ],
)
delete_upload = operation(
    "deleteUpload",
    tag=UPLOADS,
    summary="Delete a resumable upload",
    description="Forgets the bytes. A document that was made of them stays.",
    responses={204: OpenApiResponse(None, "Deleted.")},
    headers=[_VERSION],
)
