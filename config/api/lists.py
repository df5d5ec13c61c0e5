"""What longer lists offer beside pages: either order, a span of time, and all of it as CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from config.api.pagination import CursorPages, PageQuery
from config.csv_cells import csv_text
from config.database.reach import only_tenant

M = TypeVar("M", bound=Model)
NEWEST_FIRST, OLDEST_FIRST = "-created_at", "created_at"
CSV = "text/csv"
ROWS_AT_ONCE = 500
AS_CSV = (
    "With `Accept: text/csv` all that the filters leave, however many pages: a file for"
    " spreadsheets, none of whose cells is a formula. `limit` and `cursor` do not count then."
)
CSV_ANSWER = {(200, CSV): OpenApiResponse(OpenApiTypes.STR, "All of it, as a table.")}
# RFC 3339, 5.6, without its leap second.
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt][0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,12})?([Zz]|[+-][0-2]\d:[0-5]\d)"
)


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(serializers.DateTimeField):
    """A moment with its offset (RFC 3339); DRF would take dates and local times too."""

    def to_internal_value(self, value: Any) -> Any:
        """Return the moment."""
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value.upper())


class ListQuery(PageQuery):
    """Which page of a list in which order, and of which time."""

    ordering = serializers.ChoiceField(
        choices=[NEWEST_FIRST, OLDEST_FIRST],
        default=NEWEST_FIRST,
        help_text="Newest first (`-created_at`) or oldest first.",
    )
    created_after = Instant(required=False, help_text="Only what was made then or later.")
    created_before = Instant(required=False, help_text="Only what was made before that.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A ``ListQuery`` taken apart: ``filters`` is what only this list knows."""

    pages: CursorPages
    oldest_first: bool
    created_after: datetime | None
    created_before: datetime | None
    filters: dict[str, Any]

    def within(self, rows: QuerySet[M, Any]) -> QuerySet[M, Any]:
        """Return those of ``rows`` that lie in the span of time."""
        if self.created_after is not None:
            rows = rows.filter(created_at__gte=self.created_after)
        if self.created_before is not None:
            rows = rows.filter(created_at__lt=self.created_before)
        return rows


def asked_list(query: Mapping[str, Any]) -> Asked:
    """Return what the values of a ``ListQuery`` ask for."""
    filters = dict(query)
    oldest_first = filters.pop("ordering") == OLDEST_FIRST
    limit, cursor = filters.pop("limit"), filters.pop("cursor", None)
    return Asked(
        CursorPages(limit=limit, cursor=cursor, oldest_first=oldest_first),
        oldest_first,
        filters.pop("created_after", None),
        filters.pop("created_before", None),
        filters,
    )


def wants_csv(request: Request) -> bool:
    """Whether the client would have CSV: it names it, and JSON not before it."""
    accepted = [each.partition(";")[0].strip().lower() for each in _accepts(request)]
    return CSV in accepted and "application/json" not in accepted[: accepted.index(CSV)]


def csv_answer(
    rows: QuerySet[Any, Any],
    *,
    tenant_id: UUID,
    file_name: str,
    head: Iterable[str],
    cells: Callable[[Any], Iterable[object]],
    make: Callable[[Any], Any] | None = None,
    oldest_first: bool = False,
) -> StreamingHttpResponse:
    """Return all of a list as a file, sent as it is read: memory stays as it is.

    Read page by page, each by one short query, so that no connection to the database is held for
    a slow client.
    """
    response = StreamingHttpResponse(
        _csv(rows, tenant_id, list(head), cells, make, oldest_first),
        content_type=f"{CSV}; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["Vary"] = "Accept"
    return response


def csv_of_bodies(
    rows: QuerySet[Any, Any],
    body_of: Callable[[Any], Mapping[str, Any]],
    *,
    tenant_id: UUID,
    file_name: str,
    head: Sequence[str],
) -> StreamingHttpResponse:
    """Return all of a list as a file with the fields of its JSON that ``head`` names."""
    return csv_answer(
        rows,
        tenant_id=tenant_id,
        file_name=file_name,
        head=head,
        cells=lambda row: _cells_of(body_of(row), head),
    )


def _cells_of(body: Mapping[str, Any], head: Sequence[str]) -> Iterator[object]:
    for name in head:
        value = body[name]
        is_nested = isinstance(value, Mapping | list)
        yield json.dumps(value, ensure_ascii=False, sort_keys=True) if is_nested else value


def _csv(
    rows: QuerySet[Any, Any],
    tenant_id: UUID,
    head: list[str],
    cells: Callable[[Any], Iterable[object]],
    make: Callable[[Any], Any] | None,
    oldest_first: bool,
) -> Iterator[str]:
    yield csv_text(head, ())
    cursor = None
    while True:
        with _reading(tenant_id):
            pages = CursorPages(limit=ROWS_AT_ONCE, cursor=cursor, oldest_first=oldest_first)
            page = pages.page(rows, make)
        yield csv_text(None, map(cells, page.rows))
        if (cursor := page.next) is None:
            return


@contextmanager
def _reading(tenant_id: UUID) -> Iterator[None]:
    """Reach the tenant, in whatever thread this is sent, and give the connection back."""
    with only_tenant(tenant_id):
        yield
    if not connection.in_atomic_block:
        connection.close()


def _accepts(request: Request) -> list[str]:
    return request.headers.get("Accept", "").split(",")
