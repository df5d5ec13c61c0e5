"""Taking back the jobs of workers that are gone."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.db.models.functions import Now

from documents.models import Job
from documents.processing.endings import cancel, fail_or_requeue
from documents.processing.failures import WORKER_LOST
from documents.processing.lease import let_go_when_silent
from documents.relay.lock_order import in_lock_order

log = structlog.get_logger(__name__)
BATCH = 50


def sweep() -> int:
    """End expired leases: the job is queued again, or has failed too often, or is cancelled.

    Uses the token that the lost holder had, so a holder that comes back is fenced out, or has
    been quicker. Returns how many leases were found.
    """
    with transaction.atomic():
        let_go_when_silent()
        lost = list(
            Job.objects.select_for_update(skip_locked=True)
            .filter(state=Job.State.RUNNING, lease_until__lt=Now())
            .order_by("lease_until")[:BATCH]
        )
        for job in in_lock_order(lost):
            _take_back(job)
    return len(lost)


def _take_back(job: Job) -> None:
    try:
        after = cancel(job) if job.cancel_requested_at else fail_or_requeue(job, WORKER_LOST)
        log.warning(
            "lease_expired", job=str(job.pk), attempt=job.attempt, state=after and after.state
        )
    except OperationalError:
        raise
    except DatabaseError:
        # One row that cannot be changed must not keep the others waiting.
        log.exception("lease_not_ended", job=str(job.pk))
