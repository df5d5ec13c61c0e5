"""What the staff's pages are made of: figures, charts, and the same as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from config.charts import Chart


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; ``tone``: ``bad`` or ``warn`` where somebody should look."""

    name: str
    value: str
    tone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; the first cell leads to ``address``."""

    cells: Sequence[str]
    address: str = ""
    tone: str = ""

    @property
    def first(self) -> str:
        """What the line is about."""
        return self.cells[0]

    @property
    def rest(self) -> Sequence[str]:
        """What is said of it."""
        return self.cells[1:]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; ``empty`` is said where there are none. Folded beside a chart."""

    heads: Sequence[str]
    rows: Sequence[Row]
    empty: str = "Nothing."
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One subject. ``chart_name``: what the chart shows, in words; the tables have its values."""

    name: str
    title: str
    note: str = ""
    address: str = ""
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    chart_name: str = ""
    tables: Sequence[Table] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Draws:
    """A function that draws a panel, for who has the permission (``app.view_model``)."""

    permission: str
    draw: Callable[[], Panel]


def drawn_for(user: Any, panels: Sequence[Draws]) -> list[Panel]:
    """Return the panels that ``user`` may see."""
    return [each.draw() for each in panels if user.has_perm(each.permission)]


def changelist(model: str, **filters: object) -> str:
    """Return the address of the list of ``model`` (``documents_job``), filtered."""
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def form_of(model: str, pk: object) -> str:
    """Return the address of one row."""
    return reverse(f"admin:{model}_change", args=[pk])
