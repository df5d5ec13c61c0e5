"""Cursor pages, newest first: ``{results, next, previous}``, as fast on page 10,000 as on 1.

The cursor holds the ``(created_at, id)`` of the row at the page's edge, so rows that come or go
between two requests neither repeat nor hide others.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.shapes import Shape

LIMIT_DEFAULT = 25
LIMIT_MAX = 100
# What 24 bytes of which the first is 0 or 1 look like: every such text is a place (up to the year
# 4253), and no other is, so the documented pattern is the whole truth.
PATTERN = "^A[A-Za-f][A-Za-z0-9_-]{30}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(Protocol):
    """What a page needs of a row: its place in the order."""

    created_at: datetime
    id: uuid.UUID


M = TypeVar("M", bound=Model)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order: the rows after it, or before it when ``backward``."""

    created_at: datetime
    id: uuid.UUID
    backward: bool = False

    def encode(self) -> str:
        """Return 24 bytes (direction, microseconds since 1970, id) as URL-safe text."""
        microseconds = (self.created_at - _EPOCH) // _MICROSECOND
        packed = bytes([self.backward]) + microseconds.to_bytes(7, "big") + self.id.bytes
        return base64.urlsafe_b64encode(packed).decode()

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Return the cursor of a text that ``PATTERN`` describes, else raise ValueError."""
        if not re.fullmatch(PATTERN.rstrip("$"), text):
            raise ValueError("not a cursor")
        packed = base64.urlsafe_b64decode(text)
        created_at = _EPOCH + int.from_bytes(packed[1:8], "big") * _MICROSECOND
        return cls(created_at, uuid.UUID(bytes=packed[8:]), bool(packed[0]))


@extend_schema_field({"type": "string", "pattern": PATTERN})
class CursorField(serializers.CharField):
    """An opaque cursor, as ``next`` or ``previous`` of another page gave it."""

    default_error_messages = {"invalid_cursor": "This cursor is not one of ours"}

    def to_internal_value(self, data: Any) -> Any:
        """Return the ``Cursor``."""
        try:
            return Cursor.decode(super().to_internal_value(data))
        except ValueError:
            self.fail("invalid_cursor")


class PageQuery(Shape):
    """Which page of a list."""

    limit = serializers.IntegerField(
        min_value=1,
        max_value=LIMIT_MAX,
        default=LIMIT_DEFAULT,
        help_text="Results on one page.",
    )
    cursor = CursorField(
        required=False,
        help_text="Where the page begins: follow `next` and `previous` rather than making one.",
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of one page, in the list's order, and the cursors of its neighbours."""

    rows: list[R]
    next: Cursor | None
    previous: Cursor | None


class Place(Protocol):
    """A place in an order, as a neighbour's address holds it."""

    def encode(self) -> str:
        """Return it as text for a query."""


class AnyPage(Protocol[R_co]):
    """A page of any list, whatever its order is made of."""

    @property
    def rows(self) -> Sequence[R_co]:
        """The rows in the list's order."""

    @property
    def next(self) -> Place | None:
        """Where the next page begins."""

    @property
    def previous(self) -> Place | None:
        """Where the previous page ends."""


class CursorPages:
    """Cuts a list into pages by one query each."""

    def __init__(
        self,
        *,
        limit: int = LIMIT_DEFAULT,
        cursor: Cursor | None = None,
        oldest_first: bool = False,
        key: str = "id",
    ) -> None:
        """``key``: the column with the rows' UUIDs."""
        self._limit = limit
        self._cursor = cursor
        self._key = key
        # A page before the cursor is read towards it, and turned round.
        self._is_rising = oldest_first != (cursor is not None and cursor.backward)

    def page(self, queryset: QuerySet[M, Any], make: Callable[[Any], R] | None = None) -> Page[R]:
        """Return the page of ``queryset``; ``make`` turns what it yields into rows with a place."""
        backward = self._cursor is not None and self._cursor.backward
        order = ("created_at", self._key)
        if not self._is_rising:
            order = ("-created_at", f"-{self._key}")
        found = self._beyond(queryset).order_by(*order)[: self._limit + 1]
        rows: list[Any] = list(map(make, found) if make else found)
        is_more = len(rows) > self._limit
        rows = rows[: self._limit]
        if backward:
            rows.reverse()
        has_next = bool(rows) and (backward or is_more)
        has_previous = bool(rows) and (is_more if backward else self._cursor is not None)
        return Page(
            rows,
            next=self._edge(rows[-1], False) if has_next else None,
            previous=self._edge(rows[0], True) if has_previous else None,
        )

    def _beyond(self, queryset: QuerySet[M, Any]) -> QuerySet[M, Any]:
        if (at := self._cursor) is None:
            return queryset
        # The first condition is the one that the index (…, created_at, id) can begin with.
        if self._is_rising:
            return queryset.filter(
                Q(created_at__gt=at.created_at) | Q(**{f"{self._key}__gt": at.id}),
                created_at__gte=at.created_at,
            )
        return queryset.filter(
            Q(created_at__lt=at.created_at) | Q(**{f"{self._key}__lt": at.id}),
            created_at__lte=at.created_at,
        )

    def _edge(self, row: Any, backward: bool) -> Cursor:
        return Cursor(row.created_at, getattr(row, self._key), backward)


def page_body(
    request: HttpRequest, page: AnyPage[R], body_of: Callable[[R], dict[str, Any]]
) -> dict[str, Any]:
    """Return the JSON of a page; the neighbours are whole addresses with the same filters."""
    return {
        "results": [body_of(row) for row in page.rows],
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
    }


def _address(request: HttpRequest, cursor: Place | None) -> str | None:
    if cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor.encode()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
