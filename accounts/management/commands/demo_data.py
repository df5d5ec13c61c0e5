"""``manage.py demo_data``: see accounts/demo.py."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.demo import ensure_demo_data


class Command(BaseCommand):
    """Make the demo tenant, its owner, an API key and a member of staff; print how to sign in."""

    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print ``login: …``, ``password: …``, ``api key: …``, ``staff: … / …``."""
        self.stdout.write("\n".join(ensure_demo_data().lines()))
