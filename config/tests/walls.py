"""The walls in the test's database: which stand, and taking them down for a while."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

from config.database.owner import as_owner

STANDING = """
    SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid
    WHERE polname = 'tenant_wall' AND relrowsecurity AND relforcerowsecurity
        AND relnamespace = 'public'::regnamespace
"""


def walled_tables() -> set[str]:
    """Return the tables whose wall stands, and is forced."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def without_walls() -> Iterator[None]:
    """Take all walls down inside the block, for every connection. Not inside a transaction."""
    tables = walled_tables()
    assert tables
    alter(tables, "DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        alter(tables, "ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def alter(tables: Iterable[str], change: str) -> None:
    """Change tables as their owner."""
    with as_owner() as owner, owner.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} {change}")


def by_owner(statement: str) -> None:
    """Do what the tables' owner alone may, in the transaction of the test (conftest.py)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT by_owner(%s)", [statement])
