"""Reading one multipart form from the socket into the staging area."""

from __future__ import annotations

import threading

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from config.api.refusals import MalformedForm, PayloadTooLarge
from config.errors import DomainError, Invalid
from config.upload_form import StagedFile, StagedForm
from config.wire.patience import PatientReceive
from config.wire.threads import Threads
from config.wire.types import Scope, header
from documents.storage import BlobStore
from documents.upload_lane.admission import Admission, too_large
from documents.upload_lane.parts import FieldPart, FilePart
from documents.upload_lane.routes import UploadRoute

# A hop to a thread costs some 50 µs: worth it for so much at a time.
BATCH_BYTES = 256 * 1024
FIELDS_MAX = 100


class FormReader:
    """Takes a form apart as it arrives. Only ``_write`` and ``discard`` touch the disk.

    The loop appends to the parts, one thread at a time empties them.
    """

    def __init__(
        self, scope: Scope, route: UploadRoute, admission: Admission, store: BlobStore
    ) -> None:
        self._route = route
        self._admission = admission
        self._store = store
        self._parser = PushMultipartParser(
            _boundary(scope), max_segment_count=route.max_files + FIELDS_MAX
        )
        self._part: FieldPart | FilePart
        self._fields: dict[str, list[str]] = {}
        self._files: list[FilePart] = []
        self._written = 0
        self._waiting_bytes = 0
        self._lock = threading.Lock()
        self._discarded = False

    async def read(self, receive: PatientReceive, disk: Threads) -> StagedForm:
        """Read to the end of the body and return the form.

        Raises MalformedForm, PayloadTooLarge, Invalid (too many files), StorageFull, and what
        ``receive`` raises.
        """
        total = 0
        while receive.has_more:
            data: bytes = (await receive()).get("body", b"")
            total += len(data)
            if total > self._admission.max_body_bytes:
                raise too_large(self._admission.max_file_bytes)
            if data:
                self._parse(data)
            if self._waiting_bytes >= BATCH_BYTES:
                await disk.run(self._write)
        self._finish()
        await disk.run(self._write)
        return self._form()

    @property
    def is_taken(self) -> bool:
        """Whether every staged file has found an owner."""
        return not any(part.is_waiting for part in self._files)

    def discard(self) -> None:
        """Remove every staged file that nobody has taken; blocks, also for a write under way."""
        with self._lock:
            self._discarded = True
            for part in self._files:
                part.discard()

    def _parse(self, data: bytes) -> None:
        try:
            for event in self._parser.parse(data):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                else:
                    self._take(event)
        except ParserLimitReached as error:
            raise PayloadTooLarge(f"{error}.") from None
        except MultipartError as error:
            raise MalformedForm(f"{MalformedForm.message} {error}.") from None

    def _begin(self, segment: MultipartSegment) -> None:
        if segment.name not in self._route.file_fields:
            (file_field,) = self._route.file_fields
            self._part = FieldPart(segment, file_field=file_field)
            return
        self._part = FilePart(segment)
        self._files.append(self._part)
        if len(self._files) > self._route.max_files:
            raise _too_many_files(segment.name, self._route.max_files)

    def _take(self, data: bytes) -> None:
        self._part.take(data)
        if isinstance(self._part, FilePart):
            if self._part.size_bytes > self._admission.max_file_bytes:
                self._refuse(self._part, too_large(self._admission.max_file_bytes))
            # A page takes many files, and tells of each by itself.
            if not self._route.is_page and self._part.is_hopeless(self._route.takes):
                self._refuse(self._part, self._route.refusal())
            self._waiting_bytes += len(data)

    def _refuse(self, part: FilePart, refusal: DomainError) -> None:
        if not self._route.is_lenient:
            raise refusal
        part.refuse(refusal)

    def _end(self) -> None:
        part = self._part
        if isinstance(part, FieldPart):
            self._fields.setdefault(part.name, []).append(part.text())
        elif part.is_absent:
            self._files.remove(part)
        else:
            part.is_complete = True

    def _finish(self) -> None:
        try:
            self._parser.close()
        except MultipartError:
            raise MalformedForm(f"{MalformedForm.message} It ends too early.") from None

    def _write(self) -> None:
        with self._lock:
            if self._discarded:
                return
            self._waiting_bytes = 0
            for part in self._files[self._written :]:
                part.write(self._store)
            # All but the last are complete and closed: they need no more visits.
            self._written = max(0, len(self._files) - 1)

    def _form(self) -> StagedForm:
        files: dict[str, list[StagedFile]] = {}
        for part in self._files:
            files.setdefault(part.name, []).append(part.staged_file())
        return StagedForm(self._fields, files)


def _boundary(scope: Scope) -> str:
    """Return the boundary that the Content-Type names (RFC 2046, 5.1.1: 1 to 70 characters)."""
    kind = header(scope, b"content-type") or b""
    boundary = parse_options_header(kind.decode("latin-1"))[1].get("boundary", "")
    if not 1 <= len(boundary) <= 70:
        raise MalformedForm("The Content-Type names no valid boundary.")
    return str(boundary)


def _too_many_files(field: str, allowed: int) -> Invalid:
    sentence = "Send exactly one file." if allowed == 1 else f"Send at most {allowed} files."
    problem = {"loc": ["body", field], "msg": sentence, "type": "too_many_files"}
    return Invalid(sentence, problems=[problem])
