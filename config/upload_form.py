"""What the upload lane hands to Django: a form whose files are staged on disk already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from django.core import exceptions
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict

from config.api.refusals import UnsupportedMediaType
from config.errors import DomainError

UPLOAD_KEY = "countermark.upload"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One uploaded file, whole and hashed; ``name`` and ``content_type`` are the client's words.

    Whoever commits ``path`` to the blob store takes it; what nobody takes is removed once the
    view has answered.
    """

    path: Path
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    #: Why the lane has not kept it, where one bad file may stand among others.
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class StagedForm:
    """A multipart form: small fields in memory, files on disk, both by their part's name."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[StagedFile]] = field(default_factory=dict)

    def query_dict(self) -> QueryDict:
        """Return the fields as Django's forms and serializers want them."""
        query = QueryDict(mutable=True)
        for name, values in self.fields.items():
            query.setlist(name, values)
        query._mutable = False
        return query


@dataclass(frozen=True, slots=True)
class ReceivedChunk:
    """Bytes of a resumable upload that have arrived; ``offset`` is where it goes on now."""

    offset: int


def staged_form(request: HttpRequest) -> StagedForm | None:
    """Return the form that came down the upload lane with this request, if one did.

    Works for DRF's requests too.
    """
    form = request.META.get(UPLOAD_KEY)
    return form if isinstance(form, StagedForm) else None


def staged_upload(get_response: GetResponse) -> GetResponse:
    """Middleware: put a staged form's fields into ``request.POST``.

    Before CSRF protection, which looks for its token there.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (form := staged_form(request)) is not None:
            request._post = form.query_dict()  # type: ignore[attr-defined] # what POST returns
            request._files = MultiValueDict()  # type: ignore[attr-defined] # what FILES returns
        return get_response(request)

    return middleware


class FilesRefused(UnsupportedMediaType, exceptions.BadRequest):
    """A file came to an address that takes none; Django answers its BadRequest quietly."""

    message = "Files are not accepted at this address."


class RefuseFiles(FileUploadHandler):
    """The only upload handler: a file outside the upload lane has come to the wrong address."""

    def new_file(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse before the first byte is kept."""
        raise FilesRefused

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Never reached."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Never reached."""
