"""``manage.py check_invariants``: whether all that must be true of rows and bytes is true."""

from __future__ import annotations

import json
import sys
from argparse import BooleanOptionalAction
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.invariants import (
    BROKEN,
    UNCHECKED,
    Finding,
    Look,
    known_invariants,
    look_at_invariants,
)


class Command(BaseCommand):
    """Look at every invariant. Exit status: 0 all hold, 1 one is broken, 2 one was not checked."""

    help = "Look at everything that must always be true of rows and bytes (exit 0, 1 or 2)."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
        parser.add_argument(
            "--read-bytes",
            action=BooleanOptionalAction,
            default=False,
            help="read every stored object and compare its SHA-256",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--list", action="store_true", help="print names, meanings and SQL")

    def handle(self, *args: Any, names: list[str], list: bool, **options: Any) -> None:
        """Look, print, and end with the status."""
        if list:
            return self._print_known()
        try:
            findings = look_at_invariants(look=Look(options["read_bytes"]), only=names)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        self._print(findings, as_json=options["json"])
        if status := exit_status(findings):
            sys.exit(status)

    def _print_known(self) -> None:
        for invariant in known_invariants():
            self.stdout.write(f"{invariant.name}\n    {invariant.description}\n")
            if invariant.sql:
                self.stdout.write(f"{invariant.sql}\n")

    def _print(self, findings: list[Finding], *, as_json: bool) -> None:
        if as_json:
            shown = {
                "held": exit_status(findings) == 0,
                "invariants": [finding.as_dict() for finding in findings],
            }
            self.stdout.write(json.dumps(shown))
            return
        for finding in findings:
            self.stdout.write("\n".join(_lines(finding)))
        broken = sum(finding.status == BROKEN for finding in findings)
        unchecked = sum(finding.status == UNCHECKED for finding in findings)
        counts = f"{len(findings)} invariants, {broken} broken, {unchecked} not checked"
        self.stdout.write(counts)


def exit_status(findings: list[Finding]) -> int:
    """Return 1 when one is broken, else 2 when one could not be looked at, else 0."""
    found = {finding.status for finding in findings}
    if BROKEN in found:
        return 1
    return 2 if UNCHECKED in found else 0


def _lines(finding: Finding) -> list[str]:
    head = f"{finding.status:9} {finding.name} ({finding.milliseconds} ms)"
    if finding.status == BROKEN:
        head = f"{head}: {finding.count} × not: {finding.description}"
    lines = [f"    {breach.subject}: {breach.detail}" for breach in finding.examples]
    return [head, *lines, *([f"    {finding.error}"] if finding.error else [])]
