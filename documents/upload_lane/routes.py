"""The addresses that take files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from config.wire.types import Scope, header
from documents.models.batch import ITEMS_MAX


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


_DOCUMENT = UploadRoute(frozenset({"file"}), max_files=1)
_MARK = UploadRoute(frozenset({"file"}), max_files=1, scopes=("documents:write", "jobs:write"))
_BATCH = replace(_MARK, file_fields=frozenset({"files"}), max_files=ITEMS_MAX, is_lenient=True)
_ITEM = replace(_MARK, is_lenient=True)
_PAGE = UploadRoute(frozenset({"files"}), max_files=50, is_page=True)

# The API answers without the last slash as well.
ROUTES = {
    "/api/v1/documents/": _DOCUMENT,
    "/api/v1/documents": _DOCUMENT,
    "/api/v1/watermark/": _MARK,
    "/api/v1/watermark": _MARK,
    "/api/v1/documents/batch/watermark/": _BATCH,
    "/api/v1/documents/batch/watermark": _BATCH,
    "/documents/upload/": _PAGE,
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
