"""``manage.py relay``: wakes workers up, takes back lost jobs, throws away what is over."""

from __future__ import annotations

import signal
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Pulse
from accounts.services.pulses import end_pulse
from documents.relay.loop import Relay, chores, chores_of_bytes, chores_of_payments
from documents.relay.nightly import finish_check

STOP_SECONDS = 5.0


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
        rows, stored = Relay(chores(interval), stopping), Relay(chores_of_bytes(), stopping)
        paid = Relay(chores_of_payments(), stopping)
        if once:
            rows.round()
            stored.round()
            paid.round()
            finish_check()
            return
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stopping.set())
        # Daemons: what they are busy with is done again by the next relay.
        beside = [
            Thread(target=each.run_forever, name=name, daemon=True)
            for name, each in (("bytes", stored), ("payments", paid))
        ]
        for thread in beside:
            thread.start()
        rows.run_forever()
        end_pulse(kind=Pulse.Kind.RELAY)
        for thread in beside:
            thread.join(STOP_SECONDS)
