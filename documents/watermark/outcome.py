"""What goes into the engine beside the spec, and what it tells of its work."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO, TypeAlias

from .geometry import PageGeometry

# A path, or a binary file with a descriptor. A source is read from its start; a target is written
# from its start and must be empty.
File: TypeAlias = "str | bytes | PathLike[str] | BinaryIO"

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost: bytes read, bytes written, pages."""

    max_source_bytes: int = 4 * GIB
    max_target_bytes: int = 8 * GIB
    max_pages: int = 200_000


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the owner of the document should know though all went well."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """What ``apply`` did. ``method`` names the way: ``rewrite`` writes the document anew."""

    pages: int
    method: str
    bytes_written: int
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What can be told of a document without changing it.

    Without the password that it needs, ``pages`` is None and the rest unknown. ``first_page`` is
    the geometry of the first page.
    """

    pages: int | None
    encrypted: bool
    needs_password: bool
    signed: bool = False
    version: str = ""
    first_page: PageGeometry | None = None
    warnings: tuple[Notice, ...] = ()


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
