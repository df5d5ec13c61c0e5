"""``manage.py prepare_local``: everything between an empty database and a demo, in one process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db.migrations.executor import MigrationExecutor

from accounts.demo import OWNER_EMAIL, TENANT_SLUG, ensure_demo_data
from accounts.models import Membership
from billing.demo import ensure_demo_plan
from config.database.owner import as_owner, grant_once
from documents.demo import ensure_sample_document


class Command(BaseCommand):
    """Migrate if need be, do what ``demo_data`` does, and give the demo a sample document."""

    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what ``demo_data`` prints, and nothing else unless migrating fails."""
        role = settings.DATABASES["default"]["USER"]
        with as_owner() as owner:
            grant_once(owner, role=role)
            executor = MigrationExecutor(owner)
            is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if is_behind:
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        access = ensure_demo_data()
        demo_owner = Membership.objects.select_related("tenant").get(
            tenant__slug=TENANT_SLUG, user__email=OWNER_EMAIL
        )
        ensure_demo_plan(tenant=demo_owner.tenant)
        ensure_sample_document(owner=demo_owner)
        self.stdout.write("\n".join(access.lines()))
