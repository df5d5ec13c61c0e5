"""Django's PostgreSQL back end, with the reach of the moment in front of every statement.

``SET LOCAL`` and the statement travel as one simple query, hence in one round trip and one
transaction: after it the setting is gone, so neither a pool here nor one in front of the database
(PgBouncer, any mode) can hand it to somebody else. See docs/decisions/0025.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from config.database.owner import owners
from config.database.patient import base as patient
from config.database.reach import current_reach

# They return no rows, and most must stand alone or outside of a transaction.
_WITHOUT_REACH = frozenset(
    "ALTER ANALYZE BEGIN CLUSTER COMMENT COMMIT CREATE DROP GRANT REASSIGN REINDEX RELEASE RESET "
    "REVOKE ROLLBACK SAVEPOINT SET SHOW START VACUUM".split()
)


class _Walled:
    """A cursor of Django's whose statements carry the reach."""

    db: Any
    cursor: Any

    def _execute(self, sql: Any, params: Any, *context: Any) -> Any:
        text = sql if isinstance(sql, str) else sql.as_string(self.cursor)
        if text.split(None, 1)[:1] and text.split(None, 1)[0].upper().rstrip(";") in _WITHOUT_REACH:
            return super()._execute(sql, params, *context)  # type: ignore[misc] # CursorWrapper's
        super()._execute(f"{_setting()}; {text}", params, *context)  # type: ignore[misc] # the same
        # Past the answer to SET LOCAL: everybody else sees the statement's own.
        self.cursor.nextset()
        return None

    def _executemany(self, sql: Any, param_list: Any, *context: Any) -> Any:
        # Sent in a pipeline, where a query is one statement.
        with transaction.atomic(using=self.db.alias):
            self.cursor.execute(_setting())
            return super()._executemany(sql, param_list, *context)  # type: ignore[misc] # the same


class _Cursor(_Walled, CursorWrapper):
    pass


class _DebugCursor(_Walled, base.CursorDebugWrapper):
    pass


class DatabaseWrapper(patient.DatabaseWrapper):
    """A connection whose statements reach whom the moment allows."""

    def _nodb_cursor(self) -> Any:
        """Return Django's cursor for making and dropping (test) databases, as their owner."""
        owner = type(self)(owners(self.settings_dict), self.alias)
        return base.DatabaseWrapper._nodb_cursor(owner)

    def chunked_cursor(self) -> Any:
        """Return a plain cursor: the reach cannot travel with the statements of a server's."""
        return self.cursor()

    def make_cursor(self, cursor: Any) -> _Cursor:
        """Return Django's wrapper, walled."""
        return _Cursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> _DebugCursor:
        """Return Django's wrapper that also notes statements, walled."""
        return _DebugCursor(cursor, self)


def _setting() -> str:
    return f"SET LOCAL app.tenant = '{current_reach()}'"
