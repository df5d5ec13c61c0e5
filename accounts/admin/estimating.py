"""Pages of long lists without counting every row."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db import connections

# Fewer are counted; of more nobody asks for the last page.
COUNTED_UP_TO = 10_000
ROUNDED_TO = 1_000


class EstimatingPaginator(Paginator):
    """Takes the planner's estimate for the whole of a long table; what is filtered is counted."""

    @cached_property
    def count(self) -> int:
        """How many rows there are; of a long table in thousands, rounded up."""
        rows: Any = self.object_list
        query = getattr(rows, "query", None)
        if query is None or query.where or query.is_sliced or query.distinct:
            return super().count
        with connections[rows.db].cursor() as cursor:
            table = rows.model._meta.db_table
            cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
            estimated = int(cursor.fetchone()[0])
        if estimated <= COUNTED_UP_TO:
            return super().count
        return -(-estimated // ROUNDED_TO) * ROUNDED_TO
