"""What goes into the engine beside the spec, and what it tells of its work."""

from __future__ import annotations

from .record import Record

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO, TypeAlias

    from .placement.geometry import PageGeometry

    # A path, or a binary file with a descriptor. A source is read from its start; a target is
    # written from its start and must be empty.
    File: TypeAlias = "str | bytes | PathLike[str] | BinaryIO"

GIB = 1 << 30


class Limits(Record):
    """What a document may cost: bytes read, bytes written, pages."""

    __slots__ = ("max_pages", "max_source_bytes", "max_target_bytes")
    max_source_bytes: int
    max_target_bytes: int
    max_pages: int

    def __init__(
        self,
        max_source_bytes: int = 4 * GIB,
        max_target_bytes: int = 8 * GIB,
        max_pages: int = 200_000,
    ) -> None:
        self._set(
            max_source_bytes=max_source_bytes,
            max_target_bytes=max_target_bytes,
            max_pages=max_pages,
        )


class Notice(Record):
    """Something the owner of the document should know though all went well."""

    __slots__ = ("code", "message")
    code: str
    message: str

    def __init__(self, code: str, message: str) -> None:
        self._set(code=code, message=message)

    def as_dict(self) -> dict[str, str]:
        """The JSON form."""
        return {"code": self.code, "message": self.message}


class Result(Record):
    """What ``apply`` did.

    ``method`` names the way: ``append`` left the document's bytes as they are, ``qpdf`` and
    ``pdfium`` had them written anew first, for the ``reason`` given. ``tail_bytes`` is what the
    mark added.
    """

    __slots__ = ("bytes_written", "method", "pages", "reason", "tail_bytes", "warnings")
    pages: int
    method: str
    bytes_written: int
    warnings: tuple[Notice, ...]
    tail_bytes: int
    reason: str

    def __init__(
        self,
        pages: int,
        method: str,
        bytes_written: int,
        warnings: tuple[Notice, ...] = (),
        *,
        tail_bytes: int = 0,
        reason: str = "",
    ) -> None:
        self._set(
            pages=pages,
            method=method,
            bytes_written=bytes_written,
            warnings=warnings,
            tail_bytes=tail_bytes,
            reason=reason,
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {
            "pages": self.pages,
            "method": self.method,
            "reason": self.reason,
            "bytes_written": self.bytes_written,
            "tail_bytes": self.tail_bytes,
            "warnings": [notice.as_dict() for notice in self.warnings],
        }


class Inspection(Record):
    """What can be told of a document without changing it.

    Without the password that it needs, ``pages`` is None and the rest unknown. ``first_page`` is
    the geometry of the first page.
    """

    __slots__ = (
        "encrypted",
        "first_page",
        "needs_password",
        "pages",
        "signed",
        "version",
        "warnings",
    )
    pages: int | None
    encrypted: bool
    needs_password: bool
    signed: bool
    version: str
    first_page: PageGeometry | None
    warnings: tuple[Notice, ...]

    def __init__(
        self,
        pages: int | None,
        encrypted: bool,
        needs_password: bool,
        signed: bool = False,
        version: str = "",
        first_page: PageGeometry | None = None,
        warnings: tuple[Notice, ...] = (),
    ) -> None:
        self._set(
            pages=pages,
            encrypted=encrypted,
            needs_password=needs_password,
            signed=signed,
            version=version,
            first_page=first_page,
            warnings=warnings,
        )


REPAIRED = Notice("repaired", "The document was damaged and has been repaired as far as possible.")
SCALED_DOWN = Notice("text_scaled_down", "The text was made smaller where it did not fit a page.")
SCALED_UP = Notice("text_scaled_up", "The text was made larger on very large pages.")
CONTENT_ISOLATED = Notice(
    "content_isolated",
    "A page's content, broken or too large to look into, was set apart so that the mark shows.",
)
SIGNATURES_BROKEN = Notice("signatures_broken", "The mark made the document's signatures invalid.")
RIGHTS_REMOVED = Notice(
    "usage_rights_removed", "Extra rights that depend on an unchanged document were removed."
)
