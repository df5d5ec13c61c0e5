"""The addresses that take files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from config.errors import DomainError
from config.wire.types import Scope, header
from documents.formats.asset_kinds import may_be_asset
from documents.formats.sniffing import may_be_one
from documents.models.batch import ITEMS_MAX
from documents.services.assets import ASSET_MAX_BYTES, unsupported_asset
from documents.services.documents import unsupported


@dataclass(frozen=True, slots=True)
class UploadRoute:
    """One address, the form fields that hold files there, and how many files may come at once.

    Parts with other names are fields, even with a file name: scripts send JSON so.
    """

    file_fields: frozenset[str]
    max_files: int
    scopes: tuple[str, ...] = ("documents:write",)
    #: Whether somebody unknown is sent to the log-in page instead of refused.
    is_page: bool = False
    #: Whether a file that is too long is told of beside the others, instead of ending them all.
    is_lenient: bool = False
    #: The longest file, where that is not the plan's to say.
    max_file_bytes: int | None = None
    #: Whether a file that begins so may be one that is taken here, and what is said if not.
    takes: Callable[[bytes], bool] = may_be_one
    refusal: Callable[[], DomainError] = unsupported


_DOCUMENT = UploadRoute(frozenset({"file"}), max_files=1)
_MARK = UploadRoute(frozenset({"file"}), max_files=1, scopes=("documents:write", "jobs:write"))
_BATCH = replace(_MARK, file_fields=frozenset({"files"}), max_files=ITEMS_MAX, is_lenient=True)
_ITEM = replace(_MARK, is_lenient=True)
_ASSET = UploadRoute(
    frozenset({"file"}),
    max_files=1,
    scopes=("presets:write",),
    max_file_bytes=ASSET_MAX_BYTES,
    takes=may_be_asset,
    refusal=unsupported_asset,
)
_PAGE = UploadRoute(frozenset({"files"}), max_files=50, is_page=True)

# The API answers without the last slash as well.
ROUTES = {
    "/api/v1/documents/": _DOCUMENT,
    "/api/v1/documents": _DOCUMENT,
    "/api/v1/watermark/": _MARK,
    "/api/v1/watermark": _MARK,
    "/api/v1/documents/batch/watermark/": _BATCH,
    "/api/v1/documents/batch/watermark": _BATCH,
    "/api/v1/assets/": _ASSET,
    "/api/v1/assets": _ASSET,
    "/assets/": replace(_ASSET, is_page=True),
    "/documents/upload/": _PAGE,
    "/batches/new/": replace(_PAGE, scopes=("documents:write", "jobs:write"), max_files=ITEMS_MAX),
}
_ITEMS = re.compile(r"/api/v1/batches/[0-9a-f-]{36}/items/?")


def route_of(scope: Scope) -> UploadRoute | None:
    """Return the route of a multipart POST to one of the addresses, else None."""
    if scope["method"] != "POST":
        return None
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    route = ROUTES.get(path) or (_ITEM if _ITEMS.fullmatch(path) else None)
    kind = header(scope, b"content-type") or b""
    return route if kind.strip().lower().startswith(b"multipart/form-data") else None
