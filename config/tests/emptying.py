"""Empty tables after a test that has committed, at the price of the rows that are there.

Django truncates all tables, which makes hundreds of new files, and then asks every application to
fill in what belongs there: half a second for each of hundreds of tests.
"""

from __future__ import annotations

from django.db import connection

from billing.services.plans import ensure_plans

# Not a test's: what migrating writes, and tests only read.
KEPT = ["django_migrations", "django_content_type", "auth_permission"]
# The owner's, as the application may not delete everywhere. The lock waits for whoever still
# writes, as TRUNCATE does; rows that a trigger keeps from being deleted (8: it guards DELETE) are
# truncated with what refers to them, before anything is deleted that still is to be checked.
EMPTY_ALL = """
    CREATE OR REPLACE FUNCTION empty_all(kept text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER AS $$
    DECLARE
        tables oid[] := ARRAY(
            SELECT oid FROM pg_class WHERE relkind = 'r'
                AND relnamespace = 'public'::regnamespace AND relname <> ALL (kept)
        );
        each record;
        filled boolean;
    BEGIN
        EXECUTE 'LOCK TABLE '
            || (SELECT string_agg(a::regclass::text, ', ' ORDER BY a) FROM unnest(tables) a);
        SET CONSTRAINTS ALL DEFERRED;
        FOR each IN
            SELECT a::regclass AS name, EXISTS (
                SELECT FROM pg_trigger
                WHERE tgrelid = a AND NOT tgisinternal AND tgtype & 8 <> 0
            ) AS is_guarded
            FROM unnest(tables) a ORDER BY is_guarded DESC
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', each.name) INTO filled;
            IF filled AND each.is_guarded THEN
                EXECUTE format('TRUNCATE %s CASCADE', each.name);
            ELSIF filled THEN
                EXECUTE format('DELETE FROM %s', each.name);
            END IF;
        END LOOP;
    END $$
"""


def empty_all() -> None:
    """Delete all rows, and make those again that every installation has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT empty_all(%s)", [KEPT])
    ensure_plans()
