"""What migrations do for tables whose rows belong to a tenant.

``SameTenant`` ties a reference to the tenant: the database refuses a row that points to another
tenant's, whatever the code that writes it. The model's field says ``db_constraint=False``, since
the pair replaces the constraint that Django would make.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL


class SameTenant(RunSQL):
    """``table.column`` names a row of ``target`` that has the same ``tenant_id``.

    ``target`` has a unique constraint on ``(tenant_id, id)``. Checked at the commit, as Django's
    own are. An empty column points nowhere and is not checked.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        self.reference = (table, column, target)
        name = f"{table}_{column}_same_tenant"
        super().__init__(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, {column}) "
            f"REFERENCES {target} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE {table} DROP CONSTRAINT {name}",
        )

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """Return how to write this operation down (squashed migrations)."""
        return type(self).__qualname__, self.reference, {}


class Wall(RunSQL):
    """Rows of ``table`` are there only for who reaches their tenant (config/database/reach.py).

    ``column`` holds the tenant's id. Forced: it binds the tables' owner as well. The setting is
    read in sub-queries, once for each statement instead of once for each row.
    """

    def __init__(self, table: str, column: str = "tenant_id") -> None:
        self.walled = (table, column)
        super().__init__(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; "
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY tenant_wall ON {table} USING ("
            f"{column} = (SELECT nullif(nullif({_SETTING}, ''), 'all')::uuid) "
            f"OR (SELECT {_SETTING} = 'all'))",
            f"DROP POLICY tenant_wall ON {table}; "
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; "
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )

    def deconstruct(self) -> tuple[str, tuple[str, ...], dict[str, str]]:
        """Return how to write this operation down (squashed migrations)."""
        return type(self).__qualname__, self.walled, {}


_SETTING = "current_setting('app.tenant', true)"
