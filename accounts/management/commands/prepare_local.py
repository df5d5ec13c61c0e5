"""``manage.py prepare_local``: everything between an empty database and a demo, in one process."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.demo import ensure_demo_data


class Command(BaseCommand):
    """Migrate when something is to be migrated, then do what ``demo_data`` does."""

    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what ``demo_data`` prints, and nothing else unless migrating fails."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        self.stdout.write("\n".join(ensure_demo_data().lines()))
