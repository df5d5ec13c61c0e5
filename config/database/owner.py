"""Working as the role that owns the tables: for migrations, and nothing else.

The application's own role may read and write rows, but can neither alter tables nor take their
walls down. Only the process that migrates is told the owner's address (``DATABASE_OWNER_URL``).
Without one, the application's role is the owner too, and ``check`` warns of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_ADDRESS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def owners(ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a connection to the same database as its owner, if we know them."""
    known = settings.DATABASE_OWNER or {}
    return {**ours, **{name: known[name] for name in _ADDRESS if name in known}}


@contextmanager
def as_owner(alias: str = "default") -> Iterator[BaseDatabaseWrapper]:
    """Let ``connections[alias]`` be the owner's inside the block."""
    ours = connections[alias]
    owner: BaseDatabaseWrapper = type(ours)(owners(ours.settings_dict), alias)
    connections[alias] = owner
    try:
        yield owner
    finally:
        owner.close()
        connections[alias] = ours


def grant_once(owner: BaseDatabaseWrapper, *, role: str) -> None:
    """Let ``role`` read and write the rows of all tables that there are and will be.

    Once for a database: what a migration takes away later (from a log, say) stays away.
    """
    name = owner.ops.quote_name(role)
    with transaction.atomic(using=owner.alias), owner.cursor() as cursor:
        cursor.execute("SELECT FROM pg_default_acl WHERE defaclrole = current_user::regrole")
        if owner.settings_dict["USER"] == role or cursor.fetchone() is not None:
            return
        for what, may in (
            ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
            ("SEQUENCES", "SELECT, USAGE"),
        ):
            cursor.execute(f"GRANT {may} ON ALL {what} IN SCHEMA public TO {name}")
            cursor.execute(f"ALTER DEFAULT PRIVILEGES GRANT {may} ON {what} TO {name}")
