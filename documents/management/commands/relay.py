"""``manage.py relay``: wakes workers up, takes back lost jobs, throws away what is over."""

from __future__ import annotations

import signal
import time
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Pulse
from accounts.services.pulses import end_pulse
from documents.relay.loop import (
    Relay,
    chores,
    chores_of_bytes,
    chores_of_mails,
    chores_of_payments,
)
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
        rows = Relay(chores(interval), stopping)
        beside = {
            "bytes": Relay(chores_of_bytes(), stopping),
            "payments": Relay(chores_of_payments(), stopping),
            "mails": Relay(chores_of_mails(), stopping),
        }
        if once:
            for each in (rows, *beside.values()):
                each.round()
            finish_check()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        # Daemons: what they are busy with is done again by the next relay.
        threads = [
            Thread(target=each.run_forever, name=name, daemon=True) for name, each in beside.items()
        ]
        for thread in threads:
            thread.start()
        rows.run_forever()
        end_pulse(kind=Pulse.Kind.RELAY)
        over = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, over - time.monotonic()))
