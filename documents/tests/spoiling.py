"""Breaking rows past all constraints, and what the invariants then find."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from config import invariants
from config.invariants import Breach, Look
from config.tests.walls import by_owner

# One statement for all: a test spoils something a hundred times.
WITHOUT_CONSTRAINTS = """
    DO $$
    DECLARE
        each record;
    BEGIN
        FOR each IN
            SELECT conrelid::regclass AS place,
                string_agg(format('DROP CONSTRAINT IF EXISTS %I CASCADE', conname), ', ') AS what
            FROM pg_constraint
            WHERE contype IN ('c', 'f', 'u') AND connamespace = 'public'::regnamespace
            GROUP BY conrelid
        LOOP
            EXECUTE format('ALTER TABLE %s %s', each.place, each.what);
        END LOOP;
        FOR each IN
            SELECT indexrelid::regclass AS what FROM pg_index
            JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indisunique AND (indpred IS NOT NULL OR indexprs IS NOT NULL)
                AND relnamespace = 'public'::regnamespace
        LOOP
            EXECUTE format('DROP INDEX IF EXISTS %s', each.what);
        END LOOP;
    END $$
"""
APPEND_ONLY = ("billing_invoice", "billing_invoiceline")


def broken(look: Look | None = None) -> dict[str, list[Breach]]:
    """Return what the invariants find, by their names."""
    findings = invariants.look_at_invariants(look=look)
    assert {finding.error for finding in findings} == {""}
    return {finding.name: finding.examples for finding in findings if finding.count}


@contextmanager
def no_constraints() -> Iterator[None]:
    """Let any row be written inside the block; all of it is undone afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        by_owner(WITHOUT_CONSTRAINTS)
        yield
        transaction.set_rollback(True)


@contextmanager
def changed(sql: str) -> Iterator[None]:
    """Break something inside ``no_constraints()``, as a fault in one of them would."""
    with transaction.atomic(), connection.cursor() as cursor:
        _guard_invoices("DISABLE")
        cursor.execute(sql)
        assert cursor.rowcount > 0
        _guard_invoices("ENABLE")
        yield
        transaction.set_rollback(True)


@contextmanager
def spoilt(sql: str) -> Iterator[None]:
    """Break one thing only."""
    with no_constraints(), changed(sql):
        yield


def _guard_invoices(how: str) -> None:
    for table in APPEND_ONLY:
        by_owner(f"ALTER TABLE {table} {how} TRIGGER {table}_append_only")
