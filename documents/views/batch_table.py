"""The table of a batch's items: a page of them, in a number of queries that never grows."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from documents.batch_queries import ItemRow, counts_of_items, item_rows, items_of
from documents.models import Batch, BatchItem
from documents.views.remedies import remedy

# As many as a browser lays out without being felt; ten pages for the longest batch.
PER_PAGE = 100
STATES = [(state.value, state.label) for state in BatchItem.State]


@dataclass(frozen=True, slots=True)
class Tab:
    """A filter: its value, its name, and how many items it lets through."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One item, and what can be done where it failed."""

    item: ItemRow
    advice: str = ""

    @property
    def reason(self) -> str:
        """Why it failed, empty where it has not."""
        return self.item.problem[1] if self.item.problem else ""

    @property
    def code(self) -> str:
        """The same for programs and for those who are asked."""
        return self.item.problem[0] if self.item.problem else ""


@dataclass(frozen=True, slots=True)
class Table:
    """What is seen: filters, the one that is on (empty for none), lines."""

    tabs: list[Tab]
    state: str
    lines: list[Line]
    page: Page[BatchItem]


def read_table(batch: Batch, asked: QueryDict) -> Table:
    """Return the page of items that ``?state=`` and ``?page=`` ask for; two queries."""
    counts = counts_of_items(batch)
    state = asked.get("state", "")
    known = state if state in BatchItem.State.values else None
    pages = Paginator(items_of(batch, state=known), PER_PAGE)
    # Known already; otherwise every page would count once more.
    pages.count = sum(counts.values()) if known is None else counts.get(known, 0)
    page = pages.get_page(asked.get("page"))
    rows = item_rows(page.object_list)  # type: ignore[arg-type] # a slice of the query
    return Table(_tabs(counts, state), state, [_line(row) for row in rows], page)


def _tabs(counts: dict[str, int], state: str) -> list[Tab]:
    """Return a filter for each state that there is, and for the one that is on."""
    some = [
        Tab(value, label, counts.get(value, 0))
        for value, label in STATES
        if value in counts or value == state
    ]
    return [Tab("", "All", sum(counts.values())), *some]


def _line(row: ItemRow) -> Line:
    if row.problem is None:
        return Line(row)
    code, _, retryable = row.problem
    return Line(row, remedy(code, is_retryable=retryable))
