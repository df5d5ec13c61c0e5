"""Pages of a batch's items, in their order: an item's place is its number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.pagination import LIMIT_DEFAULT, LIMIT_MAX
from config.api.shapes import Shape
from documents.batch_queries import ItemRow, item_rows
from documents.models import BatchItem
from documents.models.batch_item import BatchItemQuerySet

PATTERN = "^[ab][0-9]{1,4}$"


@dataclass(frozen=True, slots=True)
class ItemCursor:
    """A place in the order: the items after it, or before it when ``backward``."""

    position: int
    backward: bool = False

    def encode(self) -> str:
        """Return the text of a query."""
        return f"{'b' if self.backward else 'a'}{self.position}"


@dataclass(frozen=True, slots=True)
class ItemPage:
    """The items of one page, and the cursors of its neighbours."""

    rows: list[ItemRow]
    next: ItemCursor | None
    previous: ItemCursor | None


@extend_schema_field({"type": "string", "pattern": PATTERN})
class ItemCursorField(serializers.CharField):
    """An opaque cursor, as ``next`` or ``previous`` of another page gave it."""

    default_error_messages = {"invalid_cursor": "This cursor is not one of ours"}

    def to_internal_value(self, data: Any) -> Any:
        """Return the ``ItemCursor``."""
        text = super().to_internal_value(data)
        if not re.fullmatch(PATTERN.rstrip("$"), text, re.ASCII):
            self.fail("invalid_cursor")
        return ItemCursor(int(text[1:]), text[0] == "b")


class ItemQuery(Shape):
    """Which items of a batch."""

    limit = serializers.IntegerField(
        min_value=1, max_value=LIMIT_MAX, default=LIMIT_DEFAULT, help_text="Results on one page."
    )
    cursor = ItemCursorField(
        required=False,
        help_text="Where the page begins: follow `next` and `previous` rather than making one.",
    )
    state = serializers.ChoiceField(
        choices=BatchItem.State.choices, required=False, help_text="Only items in this state."
    )


def page_of_items(items: BatchItemQuerySet, *, limit: int, cursor: ItemCursor | None) -> ItemPage:
    """Return one page of ``items``, by one query."""
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        beyond = {"position__lt" if backward else "position__gt": cursor.position}
        items = items.filter(**beyond)
    rows = item_rows(items.order_by("-position" if backward else "position")[: limit + 1])
    is_more, rows = len(rows) > limit, rows[:limit]
    if backward:
        rows.reverse()
    has_next, has_previous = (True, is_more) if backward else (is_more, cursor is not None)
    return ItemPage(
        rows,
        next=ItemCursor(rows[-1].position) if rows and has_next else None,
        previous=ItemCursor(rows[0].position, True) if rows and has_previous else None,
    )
