"""The addresses that take files."""

from __future__ import annotations

from dataclasses import dataclass

from config.wire.types import Scope, header


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


_DOCUMENT = UploadRoute(frozenset({"file"}), max_files=1)
_MARK = UploadRoute(frozenset({"file"}), max_files=1, scopes=("documents:write", "jobs:write"))
_PAGE = UploadRoute(frozenset({"files"}), max_files=50, is_page=True)

# The API answers without the last slash as well.
ROUTES = {
    "/api/v1/documents/": _DOCUMENT,
    "/api/v1/documents": _DOCUMENT,
    "/api/v1/watermark/": _MARK,
    "/api/v1/watermark": _MARK,
    "/documents/upload/": _PAGE,
}


def route_of(scope: Scope) -> UploadRoute | None:
    """Return the route of a multipart POST to one of the addresses, else None."""
    if scope["method"] != "POST":
        return None
    route = ROUTES.get(scope["path"].removeprefix(scope.get("root_path", "")))
    kind = header(scope, b"content-type") or b""
    return route if kind.strip().lower().startswith(b"multipart/form-data") else None
