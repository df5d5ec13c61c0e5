"""The sender's loop: publish, claim, attempt in threads, write down; until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from accounts.models import Pulse, WebhookDelivery
from accounts.services.pulses import BEAT_SECONDS, end_pulse, show_pulse
from accounts.webhooks.attempting import Outcome, attempt
from accounts.webhooks.claiming import LEASE_MARGIN_SECONDS, claim_deliveries
from accounts.webhooks.endings import end_lost_ones, give_back, write_outcome
from accounts.webhooks.publishing import EVENTS_AT_ONCE, publish_events
from accounts.webhooks.tidying import end_unwanted, forget_deliveries, tell_owners

log = structlog.get_logger("accounts.webhooks")

IDLE_SECONDS = 0.25
AWAY = (OperationalError, InterfaceError)
Attempt = Callable[[WebhookDelivery], Outcome]


def tell_of_itself() -> int:
    """Tell that this sender lives."""
    show_pulse(kind=Pulse.Kind.SENDER)
    return 0


# Chore, and how often when there is nothing to do.
TIDYING: tuple[tuple[Callable[[], int], float], ...] = (
    (end_unwanted, 60.0),
    (end_lost_ones, 60.0),
    (tell_owners, 15.0),
    (forget_deliveries, 600.0),
    (tell_of_itself, BEAT_SECONDS),
)


class Sender:
    """Makes attempts in ``WEBHOOK_CONCURRENCY`` threads; this thread alone talks to the database.

    So one connection serves any number of attempts, and none is held while a receiver hangs.
    """

    def __init__(self, stopping: Event, *, make: Attempt = attempt) -> None:
        self._stopping, self._make = stopping, make
        self._room: int = settings.WEBHOOK_CONCURRENCY
        self._threads = ThreadPoolExecutor(self._room, thread_name_prefix="attempt")
        self._flying: dict[Future[Outcome], WebhookDelivery] = {}
        self._done: SimpleQueue[Future[Outcome]] = SimpleQueue()
        self._tidy_at = dict.fromkeys((chore for chore, _ in TIDYING), 0.0)

    def run_forever(self) -> None:
        """Send until stopped; then let what is under way end, as long as its leases hold."""
        failures = 0
        while not self._stopping.is_set():
            try:
                busy = self.turn()
                self.take_outcomes(0.0 if busy else IDLE_SECONDS)
                failures = 0
            except AWAY as error:
                failures += 1
                log.warning("database_away", error=str(error).strip())
                connection.close()
                self._stopping.wait(min(0.25 * 2.0**failures, 5.0))
        self._end()

    def run_once(self) -> int:
        """Publish and attempt all that is due now, and write it down; return how many attempts."""
        made = 0
        while publish_events():
            pass
        while claimed := self._begin():
            made += claimed
            while self._flying:
                self.take_outcomes(1.0)
        self._tidy()
        return made

    def turn(self) -> bool:
        """Do what is due, without waiting for attempts; return whether there may be more."""
        published = publish_events()
        begun = self._begin()
        self._tidy()
        return published == EVENTS_AT_ONCE or (begun > 0 and len(self._flying) < self._room)

    def take_outcomes(self, seconds: float) -> None:
        """Write down the outcomes that there are, waiting up to ``seconds`` for the first.

        One that cannot be written since the database is away stays for the next call.
        """
        try:
            done = self._done.get(timeout=seconds) if seconds else self._done.get_nowait()
            while True:
                self._take(done)
                done = self._done.get_nowait()
        except Empty:
            return

    def _begin(self) -> int:
        claimed = claim_deliveries(self._room - len(self._flying))
        for delivery in claimed:
            future = self._threads.submit(self._make, delivery)
            self._flying[future] = delivery
            future.add_done_callback(self._done.put)
        return len(claimed)

    def _take(self, done: Future[Outcome]) -> None:
        delivery = self._flying[done]
        if not done.cancelled():
            try:
                write_outcome(delivery, done.result())
            except AWAY:
                self._done.put(done)
                raise
            except Exception:
                # One row that cannot be written must not keep the others from being.
                log.exception("webhook_outcome_not_written", delivery=str(delivery.pk))
        del self._flying[done]

    def _tidy(self) -> None:
        for chore, idle_seconds in TIDYING:
            if self._tidy_at[chore] > time.monotonic():
                continue
            try:
                did = chore()
            except AWAY:
                raise
            except Exception:
                log.exception("chore_failed", chore=chore.__name__)
                did = 0
            self._tidy_at[chore] = time.monotonic() + (1.0 if did else idle_seconds)

    def _end(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        give_up_at = time.monotonic() + settings.WEBHOOK_TIMEOUT_SECONDS + LEASE_MARGIN_SECONDS
        try:
            for future, delivery in list(self._flying.items()):
                if future.cancelled():
                    give_back(delivery)
            while self._flying and time.monotonic() < give_up_at:
                self.take_outcomes(0.5)
            end_pulse(kind=Pulse.Kind.SENDER)
        except AWAY as error:
            log.warning("database_away", error=str(error).strip())  # then the leases run out
