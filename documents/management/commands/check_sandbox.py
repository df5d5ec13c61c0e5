"""``manage.py check_sandbox``: what a document could do here if it took its process over."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from documents.processing.sandbox_level import what_is_wrong
from documents.sandbox.self_test import BY_LANDLOCK, BY_LIMITS, BY_SECCOMP, examine


class Command(BaseCommand):
    """Try everything in a child like those that mark documents, and print what came of it."""

    help = "Tell what the processes that open documents are kept from; fails below the set level."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        found = examine()
        kinds = {"limits": BY_LIMITS, "system call filter": BY_SECCOMP, "file rules": BY_LANDLOCK}
        self.stdout.write(f"level: {found.level}")
        for kind, names in kinds.items():
            for name in sorted(names):
                word = "POSSIBLE" if name in found.could else "refused"
                self.stdout.write(f"  {kind:20}{name:14}{word}")
        if sentence := what_is_wrong(found):
            raise CommandError(sentence)
