"""``manage.py write_openapi``: bring the committed OpenAPI document up to date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import __version__
from config.api.documentation import document_text


class Command(BaseCommand):
    """Writes what ``/openapi.json`` serves."""

    help = "Write docs/openapi.json."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--release", action="store_true", help="keep it as this version's, to compare with"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = Path(settings.BASE_DIR) / "docs" / "openapi.json"
        path.write_text(document_text(), encoding="utf-8")
        self.stdout.write(f"{path.name} written.")
        if options["release"]:
            kept = path.parent / "openapi" / f"{__version__}.json"
            document = json.loads(document_text())
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            kept.write_text(f"{text}\n", encoding="utf-8")
            self.stdout.write(f"{kept.name} written.")
