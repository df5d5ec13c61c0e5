"""``manage.py sender``: tells tenants of their events (accounts/webhooks)."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser

from accounts.webhooks.sending import Sender

log = structlog.get_logger("accounts.webhooks")


class Command(BaseCommand):
    """Send webhooks until SIGTERM or Ctrl-C; any number may run at once."""

    help = "Make deliveries of events, attempt those that are due, and forget old ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="send what is due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        """Run."""
        stopping = Event()
        sender = Sender(stopping)
        if once:
            sender.run_once()
            return
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stopping.set())
        log.info("sender_started")
        sender.run_forever()
