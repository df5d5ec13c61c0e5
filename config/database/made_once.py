"""Queries whose SQL is made once.

Of a small read, Django spends more time on the text of its query than PostgreSQL on answering it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=Model)


class RowByIds(Generic[Row]):
    """Reads one row of a model, found by ``count`` UUIDs.

    ``query`` is given them and returns the query set; it is asked once, with other ids in their
    places, and must use each as a value. All columns of the model are read, and those of the models
    that it selects with them (``select_related``).
    """

    def __init__(self, count: int, query: Callable[..., QuerySet[Row]]) -> None:
        self._count = count
        self._query = query

    def first(self, *ids: UUID) -> Row | None:
        """Return the row; None where there is none."""
        made = self._made
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [ids[place] for place in made.places])
            values = cursor.fetchone()
        if values is None:
            return None
        columns = list(values)
        for index, (converters, expression) in made.converters.items():
            for convert in converters:
                columns[index] = convert(columns[index], expression, connection)
        own = columns[: len(made.names)]  # they come first
        row = cast(Row, made.model.from_db(connection.alias, made.names, own))
        for related in made.related:
            related.populate(columns, row)
        return row

    @cached_property
    def _made(self) -> _Made:
        ids = [uuid4() for _ in range(self._count)]
        query = self._query(*ids).order_by().query
        compiler = query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        own = [columns[index] for index in compiler.klass_info["select_fields"]]
        related = get_related_populators(  # type: ignore[call-arg] # stubs of a later Django
            compiler.klass_info, compiler.select, connection.alias
        )
        return _Made(
            sql,
            [ids.index(value) for value in values],
            query.model,
            [column.target.attname for column in own],
            compiler.get_converters(columns),
            related,
        )


class _Made(NamedTuple):
    """A statement, which id each of its values is, and how its columns become a model."""

    sql: str
    places: list[int]
    model: Any
    names: list[str]
    converters: Any
    related: Any
