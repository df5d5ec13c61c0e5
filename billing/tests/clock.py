"""Moving the database's clock for the rest of a test's transaction: nobody waits for a month."""

from __future__ import annotations

from django.db import connection

from config.tests.walls import by_owner

# In front of the system's own functions, which everything else still finds.
MADE = """
    CREATE SCHEMA clock;
    GRANT USAGE ON SCHEMA clock TO PUBLIC;
    CREATE FUNCTION clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
        'SELECT pg_catalog.statement_timestamp()
            + coalesce(nullif(current_setting(''clock.ahead'', true), ''''), ''0'')::interval'
"""


class Clock:
    """The clock of this connection."""

    def __init__(self) -> None:
        self._ahead: list[str] = []
        for statement in MADE.split(";\n"):
            by_owner(statement)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = clock, pg_catalog, public")

    def go(self, interval: str) -> None:
        """Let so much time pass: ``"14 days 1 hour"``."""
        self._ahead.append(interval)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('clock.ahead', (SELECT sum(each::interval)::text"
                " FROM unnest(%s::text[]) AS each), true)",
                [self._ahead],
            )

    def go_ahead(self, interval: str) -> None:
        """Be so much ahead in all."""
        self._ahead = []
        self.go(interval)

    def go_to(self, moment: str) -> None:
        """Make it this moment."""
        self._ahead = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::timestamptz - pg_catalog.statement_timestamp()", [moment])
            seconds = cursor.fetchone()[0].total_seconds()
        self.go(f"{seconds} seconds")
