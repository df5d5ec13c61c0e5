"""``manage.py audit_ends``: note where the audit log ends, and hold it against an earlier note."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.audit_ends import AuditEnd, audit_ends, forged_ends


class Command(BaseCommand):
    """Print the end of each chain, or with ``--compare`` which noted ends are gone (exit 1)."""

    help = "Print where each chain of the audit log ends: chain, number, SHA-256."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--compare", type=Path, metavar="FILE", help="an earlier output")

    def handle(self, *args: Any, compare: Path | None, **options: Any) -> None:
        """Print, or compare."""
        if compare is None:
            self.stdout.write("\n".join(map(str, audit_ends())))
            return
        noted = _noted(compare)
        if forged := forged_ends(noted):
            lines = "\n".join(f"    {end}" for end in forged)
            raise CommandError(f"{len(forged)} of {len(noted)} chains were rewritten:\n{lines}")
        self.stdout.write(f"{len(noted)} chains go on from where they ended then.")


def _noted(path: Path) -> list[AuditEnd]:
    try:
        return [AuditEnd.read(line) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CommandError(f"{path}: {error}", returncode=2) from None
