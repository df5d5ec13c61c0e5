"""Sending a stored blob: conditional and range requests (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

from config.api.problems import problem_response
from config.errors import DomainError, Missing
from documents.models import Blob
from documents.storage import BlobReader, HasPaths, blob_store

READ_BYTES = 256 * 1024
# One range only; more digits than an offset can have would be an attack on int().
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


class PreconditionFailed(DomainError):
    """The file is not the one that If-Match or If-Unmodified-Since asks for."""

    code = "precondition_failed"
    status = 412
    message = "The file is not the one that you asked for."


class RangeNotSatisfiable(DomainError):
    """The range asked for begins behind the end of the file."""

    code = "range_not_satisfiable"
    status = 416
    message = "The file has no such bytes."


class StoredFileResponse(FileResponse):
    """A FileResponse whose headers are ours; servers may read the file by themselves."""

    block_size = READ_BYTES

    def set_headers(self, filelike: object) -> None:
        """Set nothing: the name and size of an open file say nothing about a blob."""


def document_response(
    request: HttpRequest,
    blob: Blob | None,
    file_name: str,
    content_type: str,
) -> HttpResponseBase:
    """Return the answer to a GET or HEAD for ``blob``, to be saved as ``file_name``.

    The ETag is the content's hash. Several ranges at once are answered with everything, as RFC
    9110, 14.2 allows. Raises Missing and PreconditionFailed.
    """
    if blob is None:
        raise Missing
    store = blob_store()
    if settings.ACCEL_PREFIX and isinstance(store, HasPaths):
        # The proxy sends the file, and decides by its own validators.
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = settings.ACCEL_PREFIX + store.relative_path(blob.id)
        return _described(response, file_name)
    file = Sent(
        size_bytes=blob.size_bytes,
        content_type=content_type,
        etag=f'"{blob.sha256}"',
        modified_at=int(blob.created_at.timestamp()),
        open=lambda part: store.open(blob.id, offset=part.start, length=len(part)),
    )
    return sent_response(request, file, file_name)


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that can be sent whole or in part; ``open`` a range of them, front to back.

    ``modified_at`` in seconds since 1970, if the ETag does not say it all.
    """

    size_bytes: int
    content_type: str
    etag: str
    open: Callable[[range], BlobReader]
    modified_at: int | None = None

    @property
    def validators(self) -> dict[str, str]:
        """The headers that tell these bytes from others."""
        when = {} if self.modified_at is None else {"Last-Modified": http_date(self.modified_at)}
        return {"ETag": self.etag, **when}


def sent_response(request: HttpRequest, file: Sent, file_name: str) -> HttpResponseBase:
    """Return the answer to a GET or HEAD for ``file``, to be saved as ``file_name``.

    Several ranges at once are answered with everything. Raises PreconditionFailed.
    """
    answer = _condition_answer(request, file)
    if answer is None:
        part = _wanted_range(request, file)
        if part is not None and part.start >= file.size_bytes:
            return _unsatisfiable(request, file.size_bytes)
        answer = _bytes_answer(request, file, part)
    for name, value in file.validators.items():
        answer[name] = value
    return _described(answer, file_name)


def content_disposition(file_name: str) -> str:
    """Return a header that saves as ``file_name`` in every client (RFC 6266, appendix D)."""
    apart = unicodedata.normalize("NFKD", file_name)
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    plain = re.sub(r'[^ -~]|["\\%;/]', "_", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def _described(response: HttpResponseBase, file_name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition(file_name)
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Accept-Ranges"] = "bytes"
    return response


def _condition_answer(request: HttpRequest, file: Sent) -> HttpResponseBase | None:
    """Return 304 where that is the answer, None where the bytes are; may raise."""
    answer = get_conditional_response(request, etag=file.etag, last_modified=file.modified_at)
    if answer is not None and answer.status_code == PreconditionFailed.status:
        raise PreconditionFailed
    return answer


def _unsatisfiable(request: HttpRequest, size: int) -> HttpResponseBase:
    refusal = problem_response(request, RangeNotSatisfiable())
    refusal["Content-Range"] = f"bytes */{size}"
    return refusal


def _bytes_answer(request: HttpRequest, file: Sent, part: range | None) -> HttpResponseBase:
    sent = range(file.size_bytes) if part is None else part
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=file.content_type)
    else:
        response = StoredFileResponse(file.open(sent), content_type=file.content_type)
    response["Content-Length"] = str(len(sent))
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size_bytes}"
    return response


def _wanted_range(request: HttpRequest, file: Sent) -> range | None:
    """Return the bytes asked for, or None for all of them.

    A range that starts at or behind the end cannot be satisfied.
    """
    size = file.size_bytes
    match = ONE_RANGE.fullmatch(request.META.get("HTTP_RANGE", "").strip())
    if request.method != "GET" or match is None or not _range_is_for(request, file.validators):
        return None
    first, last = match.groups()
    if not first:
        return _last_bytes(int(last), size) if last else None
    if last and int(last) < int(first):
        return None
    start = int(first)
    return range(start, max(start, min(int(last or size) + 1, size)))


def _last_bytes(count: int, size: int) -> range:
    return range(max(0, size - count), size) if count else range(size, size)


def _range_is_for(request: HttpRequest, validators: dict[str, str]) -> bool:
    """Tell whether If-Range, if sent, names this very file (RFC 9110, 13.1.5)."""
    condition = request.META.get("HTTP_IF_RANGE", "").strip()
    if not condition or condition == validators["ETag"]:
        return True
    date = parse_http_date_safe(condition)
    return date is not None and http_date(date) == validators.get("Last-Modified")
