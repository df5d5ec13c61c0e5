"""``manage.py migrate``: Django's, as the owner of the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from config.database.owner import as_owner, grant_once


class Command(migrate.Command):
    """Migrates with ``DATABASE_OWNER_URL`` if it is set; the application's role gets its rights."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate."""
        alias = options["database"]
        role = connections[alias].settings_dict["USER"]
        with as_owner(alias) as owner:
            grant_once(owner, role=role)
            super().handle(*args, **options)
