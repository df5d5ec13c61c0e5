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


class PageSize(Record):
    """How many pages, of those looked at, are seen in this size; points, rotation reckoned in."""

    __slots__ = ("height", "pages", "width")
    width: float
    height: float
    pages: int

    def __init__(self, width: float, height: float, pages: int) -> None:
        self._set(width=width, height=height, pages=pages)


class Signatures(Record):
    """What a document's signatures say (ISO 32000-2, 12.8).

    ``names`` are the signed fields. ``certified``: which changes the author still permits (1 none,
    2 forms, 3 forms and comments), None without a certifying signature. ``usage_rights``: rights
    granted to Adobe Reader, lost with any change.
    """

    __slots__ = ("certified", "names", "usage_rights")
    names: tuple[str, ...]
    certified: int | None
    usage_rights: bool

    def __init__(
        self,
        names: tuple[str, ...] = (),
        certified: int | None = None,
        usage_rights: bool = False,
    ) -> None:
        self._set(names=names, certified=certified, usage_rights=usage_rights)


class Inspection(Record):
    """What can be told of a document without changing it.

    Without the password that it needs, ``pages`` is None and the rest unknown. ``allowed`` names
    what the encryption permits its readers. Of long documents a sample of pages is looked at:
    ``pages_seen`` many for ``sizes`` (the most frequent first) and ``turned`` (those displayed
    turned by a ``Rotate`` entry), fewer for ``scanned_share``, the share that is one picture and no
    visible text. ``pdfa``, ``pdfua`` and ``pdfx`` are claims, unchecked. ``first_page`` is the
    geometry of the first page.
    """

    __slots__ = (
        "active_content",
        "allowed",
        "encrypted",
        "first_page",
        "linearized",
        "mark_ids",
        "needs_password",
        "pages",
        "pages_seen",
        "pdfa",
        "pdfua",
        "pdfx",
        "scanned_share",
        "signatures",
        "signed",
        "sizes",
        "tagged",
        "turned",
        "version",
        "warnings",
    )
    active_content: tuple[str, ...]
    allowed: tuple[str, ...]
    encrypted: bool
    first_page: PageGeometry | None
    linearized: bool
    mark_ids: tuple[str, ...]
    needs_password: bool
    pages: int | None
    pages_seen: int
    pdfa: str
    pdfua: str
    pdfx: str
    scanned_share: float
    signatures: Signatures
    signed: bool
    sizes: tuple[PageSize, ...]
    tagged: bool
    turned: int
    version: str
    warnings: tuple[Notice, ...]

    def __init__(
        self, pages: int | None, encrypted: bool, needs_password: bool, **more: object
    ) -> None:
        unknown = more.keys() - DEFAULTS.keys()
        if unknown:
            raise TypeError(f"an inspection has no {', '.join(sorted(unknown))}")
        self._set(
            pages=pages, encrypted=encrypted, needs_password=needs_password, **{**DEFAULTS, **more}
        )

    def as_dict(self) -> dict[str, object]:
        """The JSON form; without ``first_page``, which ``sizes`` tells."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "first_page"}
        return {name: _plain(value) for name, value in plain.items()}


DEFAULTS: dict[str, object] = {
    "active_content": (),
    "allowed": (),
    "first_page": None,
    "linearized": False,
    "mark_ids": (),
    "pages_seen": 0,
    "pdfa": "",
    "pdfua": "",
    "pdfx": "",
    "scanned_share": 0.0,
    "signatures": Signatures(),
    "signed": False,
    "sizes": (),
    "tagged": False,
    "turned": 0,
    "version": "",
    "warnings": (),
}
"""What an inspection says of what it did not find."""


def _plain(value: object) -> object:
    """A value of lists, dictionaries and plain values."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, PageSize | Signatures | Notice):
        return {name: _plain(getattr(value, name)) for name in value.__slots__}
    return value


REPAIRED = Notice("repaired", "The document was damaged and has been repaired as far as possible.")
NO_PAGE_MARKED = Notice(
    "no_page_marked", "The document has none of the pages that were asked for: no page was marked."
)
SCALED_DOWN = Notice("mark_scaled_down", "The mark was made smaller where it did not fit a page.")
SCALED_UP = Notice("mark_scaled_up", "The mark was made larger on very large pages.")
CONTENT_ISOLATED = Notice(
    "content_isolated",
    "A page's content, broken or too large to look into, was set apart so that the mark shows.",
)
PUT_UNDER = Notice(
    "put_under",
    "The document's standard forbids transparency, so the mark went under its content.",
)
SIGNATURES_BROKEN = Notice("signatures_broken", "The mark made the document's signatures invalid.")
RIGHTS_REMOVED = Notice(
    "usage_rights_removed", "Extra rights that depend on an unchanged document were removed."
)
