"""The parts of a form while they arrive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multipart import MultipartSegment

from config.api.refusals import MalformedForm, PayloadTooLarge
from config.errors import DomainError, Invalid
from config.upload_form import StagedFile
from documents.storage import BlobStore, StagedBlob
from documents.watermark.files import HEADER_WITHIN

FIELD_MAX_BYTES = 64 * 1024


class FieldPart:
    """A small value, kept in memory.

    It may have a file's name: scripts send JSON so. What is no such value then is a file in the
    wrong field; ``file_field`` is the right one.
    """

    def __init__(self, segment: MultipartSegment, *, file_field: str) -> None:
        self.name: str = segment.name or ""
        self._is_file = bool(segment.filename)
        self._file_field = file_field
        self._value = bytearray()

    def take(self, data: bytes) -> None:
        """Append ``data``; raises PayloadTooLarge, or Invalid for a file."""
        self._value += data
        if len(self._value) > FIELD_MAX_BYTES:
            raise self._refusal(PayloadTooLarge(f"The form field {self.name} is too long."))

    def text(self) -> str:
        """Return the value; raises MalformedForm unless it is UTF-8, or Invalid for a file."""
        try:
            return self._value.decode()
        except UnicodeDecodeError:
            refusal = MalformedForm(f"The form field {self.name} is not UTF-8.")
            raise self._refusal(refusal) from None

    def _refusal(self, of_value: DomainError) -> DomainError:
        if not self._is_file:
            return of_value
        sentence = f"No files are taken in `{self.name}`. Send them in `{self._file_field}`."
        problem = {"loc": ["body", self.name], "msg": sentence, "type": "unexpected_file"}
        return Invalid(problems=[problem])


class FilePart:
    """A file: what has arrived of it waits in ``pieces`` until a thread writes it down."""

    def __init__(self, segment: MultipartSegment) -> None:
        self.name: str = segment.name or ""
        self.file_name: str = segment.filename or ""
        self.content_type: str = segment.content_type or "application/octet-stream"
        self.size_bytes = 0
        self.is_complete = False
        self._pieces: list[bytes] = []
        self._staged: StagedBlob | None = None
        self._beginning = bytearray()
        self._is_judged = False
        self._refusal: DomainError | None = None

    def take(self, data: bytes) -> None:
        """Remember ``data`` until the next ``write``; of a refused file only its length."""
        self.size_bytes += len(data)
        if self._refusal is None:
            self._pieces.append(data)
        if len(self._beginning) < HEADER_WITHIN:
            self._beginning += data[: HEADER_WITHIN - len(self._beginning)]

    def is_hopeless(self, takes: Callable[[bytes], bool]) -> bool:
        """Whether enough has arrived, just now, to tell that this is no kind that ``takes``."""
        if self._is_judged or len(self._beginning) < HEADER_WITHIN:
            return False
        self._is_judged = True
        return not takes(bytes(self._beginning))

    def refuse(self, refusal: DomainError) -> None:
        """Keep nothing of this file: the form goes on without it."""
        self._refusal = self._refusal or refusal

    @property
    def is_absent(self) -> bool:
        """Whether this is what browsers send for a file input in which nothing was chosen."""
        return not self.file_name and not self.size_bytes

    def write(self, store: BlobStore) -> None:
        """Write down what has arrived; blocks; raises StorageFull.

        A part of which nothing has arrived has no file yet: it may turn out to be absent.
        """
        pieces, self._pieces = self._pieces, []
        if self._refusal is not None:
            self.discard()
            return
        if not pieces and not self.is_complete:
            return
        if self._staged is None:
            self._staged = store.stage()
        self._staged.write(pieces)
        if self.is_complete:
            self._staged.close()

    def discard(self) -> None:
        """Remove the staged file, if nobody has taken it; blocks."""
        if self._staged is not None:
            self._staged.discard()

    @property
    def is_waiting(self) -> bool:
        """Whether there is a staged file that nobody has taken."""
        return self._staged is not None and self._staged.path.exists()

    def staged_file(self) -> StagedFile:
        """Return the whole file, written down, or why it was refused."""
        if self._refusal is not None:
            about = (self.file_name, self.content_type, self.size_bytes, "", self._refusal)
            return StagedFile(Path(), *about)
        if self._staged is None:
            raise RuntimeError("A part that was never written has no file.")
        return StagedFile(
            path=self._staged.path,
            name=self.file_name,
            content_type=self.content_type,
            size_bytes=self._staged.size_bytes,
            sha256=self._staged.sha256,
        )
