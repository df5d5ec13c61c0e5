"""``manage.py relay``: wakes workers up, takes back lost jobs, throws away what is over."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from documents.relay.loop import Relay, chores
from documents.relay.nightly import finish_check


class Command(BaseCommand):
    """Run the relay until SIGTERM or Ctrl-C; any number may run at once."""

    help = "Dispatch waiting jobs, take back those of lost workers, expire and purge what is over."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="do everything once, then end")
        parser.add_argument(
            "--interval",
            type=float,
            default=0.25,
            metavar="SECONDS",
            help="how often to look for waiting jobs while there are none (default 0.25)",
        )

    def handle(self, *args: Any, once: bool, interval: float, **options: Any) -> None:
        """Run."""
        stopping = Event()
        relay = Relay(chores(interval), stopping)
        if once:
            relay.round()
            finish_check()
            return
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stopping.set())
        relay.run_forever()
