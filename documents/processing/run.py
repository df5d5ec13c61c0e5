"""One job from claim to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from billing.services.quota import QuotaExceeded
from config.database.reach import only_tenant
from config.request_id import set_request_id
from documents.models import Document, Job
from documents.processing.endings import (
    cancel,
    fail,
    fail_or_requeue,
    hand_back,
    succeed,
    wait_for_storage,
)
from documents.processing.failures import DOCUMENT_DELETED, failure_of
from documents.processing.lease import beat, claim
from documents.processing.stopping import stop_requested
from documents.processing.work import Work
from documents.progress import publish
from documents.storage import StorageAway

log = structlog.get_logger(__name__)

# Watchers see a running job change at most this often.
TICK_SECONDS = 0.25
# The lease is renewed, and a request to cancel is heard, at least this often.
BEAT_SECONDS = 1.0
AWAY = (OperationalError, InterfaceError)


class Interruption(Enum):
    """Why work is given up."""

    CANCELLED = auto()
    LEASE_LOST = auto()
    WORKER_STOPS = auto()


def process(job_id: UUID) -> Job | None:
    """Do the job's work if it waits to be done; return its row afterwards.

    None when there was nothing to do, or when the lease was lost on the way. The connection to
    the database stays open meanwhile, one for each child of a worker and never in a transaction:
    it is used every second, and opening one costs more than a small document.
    """
    if stop_requested():
        # Its message is used up; without this mark the relay sends another one at once.
        Job.objects.forget_message(job_id)
        return None
    job = _patiently(lambda: claim(job_id))
    if job is None:
        return None
    set_request_id(job.request_id)
    started = time.perf_counter()
    publish(job)
    with only_tenant(job.tenant_id):
        after = _attempt(job)
    log.info(
        "job",
        job=str(job.pk),
        tenant=str(job.tenant_id),
        attempt=job.attempt,
        state=after.state if after else "lost",
        error=after.error_code if after else "",
        milliseconds=round((time.perf_counter() - started) * 1000),
    )
    return after


def _attempt(job: Job) -> Job | None:
    document = Document.objects.select_related("tenant", "blob").get(pk=job.document_id)
    if job.cancel_requested_at:
        return cancel(job)
    if document.deleted_at or not document.blob:
        return fail(job, DOCUMENT_DELETED)
    work = Work(job.spec, document, document.blob, job.asset_ids)
    try:
        interruption = _attend(job, work)
    except BaseException:
        work.abandon()
        raise
    return _patiently(lambda: _finish(job, work, interruption))


def _attend(job: Job, work: Work) -> Interruption | None:
    """Keep the lease and the watchers up to date until the work is done, or must not go on."""
    told, beaten_at = work.step, time.monotonic()
    while not work.wait(TICK_SECONDS):
        if stop_requested():
            return Interruption.WORKER_STOPS
        step = work.step
        if step == told and time.monotonic() - beaten_at < BEAT_SECONDS:
            continue
        beaten_at = time.monotonic()
        try:
            row = beat(job, step)
        except AWAY as error:
            log.warning("lease_not_renewed", job=str(job.pk), error=str(error).strip())
            connection.close()
            continue
        if row is None:
            return Interruption.LEASE_LOST
        if step != told:
            told = step
            publish(row)
        if row.cancel_requested_at:
            return Interruption.CANCELLED
    return None


def _finish(job: Job, work: Work, interruption: Interruption | None) -> Job | None:
    if interruption is not None:
        after = _give_up(job, interruption)
        work.abandon()
        return after
    try:
        stored = work.result()
    except StorageAway:
        return wait_for_storage(job)
    except Exception as error:
        return fail_or_requeue(job, failure_of(error))
    try:
        ended = succeed(job, stored)
    except AWAY:
        raise
    except QuotaExceeded as error:
        work.abandon()
        return fail(job, failure_of(error))
    except DatabaseError as error:
        log.exception("job_not_ended", job=str(job.pk))
        after = fail_or_requeue(job, failure_of(error))
        work.abandon()  # last: if that could not be written, the next try may need the copy
        return after
    if ended is None:
        work.abandon()
    return ended


def _give_up(job: Job, interruption: Interruption) -> Job | None:
    if interruption is Interruption.CANCELLED:
        return cancel(job)
    if interruption is Interruption.WORKER_STOPS:
        return hand_back(job)
    return None


def _patiently(step: Callable[[], Job | None]) -> Job | None:
    """Take a step through an outage of the database, again and again for the time of a lease.

    When a commit's answer was lost, the next try finds the job or its lease gone: as if somebody
    else had been quicker.
    """
    deadline = time.monotonic() + settings.JOB_LEASE_SECONDS
    while True:
        try:
            return step()
        except AWAY as error:
            if time.monotonic() > deadline:
                raise
            log.warning("database_away", error=str(error).strip())
            connection.close()
            time.sleep(BEAT_SECONDS / 2)
