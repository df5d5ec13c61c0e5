"""The relay's loop: each chore at its own pace, through outages, until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import structlog
from django.db import InterfaceError, OperationalError, connection

from accounts.services.attempts import forget_old_attempts
from accounts.services.grants import forget_dead_grants
from accounts.services.idempotency import forget_outcomes
from accounts.services.notification_mails import mail_notifications
from accounts.services.notifications import forget_notifications
from accounts.services.pulses import BEAT_SECONDS, forget_pulses
from accounts.services.registration import forget_old_signups
from accounts.services.request_log import forget_old_requests
from accounts.services.support import end_due_support
from accounts.services.tickets import forget_old_tickets
from billing.providers import report_further_pages, take_payments_on
from billing.services.alerts import mail_alerts
from billing.services.closing import close_periods
from billing.services.invoice_mails import mail_invoices
from billing.services.limits import end_overrides
from billing.services.subscriptions import renew_subscriptions
from documents.relay.dispatch import dispatch
from documents.relay.expiry import expire_results, expire_waiting
from documents.relay.nightly import check_nightly
from documents.relay.orphans import collect_orphans
from documents.relay.pulse import tell_of_itself
from documents.relay.storage import count_storage
from documents.relay.sweep import sweep
from documents.services.assets import purge_assets
from documents.services.batches import expire_batches
from documents.services.documents import purge_deleted
from documents.services.uploads import collect_upload_files, expire_uploads
from documents.storage import StorageAway

log = structlog.get_logger(__name__)
LONGEST_PAUSE_SECONDS = 5.0


@dataclass
class Chore:
    """A step that returns how much it did: again soon after it found something to do."""

    run: Callable[[], int]
    idle_seconds: float
    busy_seconds: float
    due_at: float = 0.0


def chores(dispatch_seconds: float) -> list[Chore]:
    """Return what there is to do with rows, the most urgent first."""
    return [
        Chore(dispatch, dispatch_seconds, min(0.05, dispatch_seconds)),
        Chore(sweep, 1.0, 0.2),
        Chore(expire_waiting, 60.0, 0.2),
        Chore(expire_batches, 300.0, 0.2),
        Chore(forget_old_attempts, 3600.0, 1.0),
        Chore(forget_old_tickets, 300.0, 300.0),
        Chore(forget_old_requests, 600.0, 0.5),
        Chore(forget_old_signups, 3600.0, 1.0),
        Chore(forget_dead_grants, 3600.0, 1.0),
        Chore(tell_of_itself, BEAT_SECONDS, BEAT_SECONDS),
        Chore(forget_pulses, 3600.0, 60.0),
        Chore(check_nightly, 60.0, 60.0),
        Chore(end_due_support, 5.0, 1.0),
        Chore(forget_outcomes, 600.0, 1.0),
        Chore(forget_notifications, 3600.0, 1.0),
        Chore(renew_subscriptions, 5.0, 0.2),
        Chore(close_periods, 15.0, 0.2),
        Chore(end_overrides, 30.0, 1.0),
    ]


def chores_of_bytes() -> list[Chore]:
    """Return what there is to do with stored bytes.

    Apart, since jobs shall be dispatched while a store hangs or a million objects are listed.
    """
    return [
        Chore(purge_deleted, 5.0, 0.2),
        Chore(purge_assets, 5.0, 0.2),
        Chore(expire_results, 30.0, 0.2),
        Chore(expire_uploads, 60.0, 0.2),
        Chore(collect_upload_files, 900.0, 900.0),
        Chore(collect_orphans, 900.0, 900.0),
        Chore(count_storage, 60.0, 60.0),
    ]


def chores_of_payments() -> list[Chore]:
    """Return what there is to do with a payment provider, which may be slow or away."""
    return [Chore(take_payments_on, 2.0, 0.5), Chore(report_further_pages, 60.0, 5.0)]


def chores_of_mails() -> list[Chore]:
    """Return what there is to do with a mail server, which may be slow or away.

    Each sends one mail, so that the relay can be stopped between two.
    """
    mails = (mail_alerts, mail_invoices, mail_notifications)
    return [Chore(each, 10.0, 0.05) for each in mails]


class Relay:
    """Runs chores until ``stopping`` is set."""

    def __init__(self, work: Sequence[Chore], stopping: Event) -> None:
        self._work = work
        self._stopping = stopping
        self._failures = 0

    def run_forever(self) -> None:
        """Go round until stopped; an outage of the database or the store only makes it wait."""
        while not self._stopping.wait(self.pause()):
            self.round()

    def round(self) -> None:
        """Run each chore that is due."""
        for chore in self._work:
            if self._stopping.is_set():
                return
            if chore.due_at > time.monotonic():
                continue
            try:
                did = chore.run()
            except (OperationalError, InterfaceError) as error:
                self._failures += 1
                log.warning("database_away", chore=chore.run.__name__, error=str(error).strip())
                connection.close()
                return
            except StorageAway:  # which has said so to the log
                self._failures += 1
                return
            except Exception:
                # A chore that fails must not keep the others from being done.
                log.exception("chore_failed", chore=chore.run.__name__)
                did = 0
            self._failures = 0
            chore.due_at = time.monotonic() + (chore.busy_seconds if did else chore.idle_seconds)

    def pause(self) -> float:
        """Return the seconds until something is due, or may be tried again."""
        if self._failures:
            return min(0.25 * 2.0**self._failures, LONGEST_PAUSE_SECONDS)
        return max(0.0, min(chore.due_at for chore in self._work) - time.monotonic())
