"""``manage.py write_openapi``: bring the committed OpenAPI document up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.api.documentation import document_text


class Command(BaseCommand):
    """Writes what ``/openapi.json`` serves."""

    help = "Write docs/openapi.json."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = Path(settings.BASE_DIR) / "docs" / "openapi.json"
        path.write_text(document_text(), encoding="utf-8")
        self.stdout.write(f"{path.name} written.")
