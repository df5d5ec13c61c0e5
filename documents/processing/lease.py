"""Taking a job and keeping it. Only the database's clock counts.

A lease is a token in the job's row and a time until which it holds. Every later change by its
holder carries the token in the WHERE, so a worker that was late, paused or cut off changes
nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection

from documents.models import Job

# The whole of a claim: two workers that read the same message cannot both get a row back.
_CLAIM = """
    UPDATE documents_job SET
        state = 'running', attempt = attempt + 1, seq = seq + 1,
        lease_token = gen_random_uuid(),
        lease_until = statement_timestamp() + make_interval(secs => %(lease)s),
        started_at = coalesce(started_at, statement_timestamp()),
        stage = 'preparing', page = 0, pages = NULL
    WHERE id = %(id)s AND state = 'queued' AND run_after <= statement_timestamp()
    RETURNING *
"""

# The lease is written only once a sixth of it is gone: lease_until is indexed, the rest is not,
# and a row whose indexed columns stay the same is updated in place.
_BEAT = """
    UPDATE documents_job SET
        lease_until = CASE
            WHEN lease_until < statement_timestamp() + make_interval(secs => %(lease)s * 5.0 / 6)
            THEN statement_timestamp() + make_interval(secs => %(lease)s) ELSE lease_until END,
        seq = seq + ((stage, page, pages) IS DISTINCT FROM (%(stage)s, %(page)s, %(pages)s))::int,
        stage = %(stage)s, page = %(page)s, pages = %(pages)s
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'running'
    RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is: what is being done, the last finished page, of how many."""

    stage: str = "preparing"
    page: int = 0
    pages: int | None = None


def claim(job_id: UUID) -> Job | None:
    """Take a queued and due job; None when somebody else has it or it is not due."""
    given = {"id": job_id, "lease": settings.JOB_LEASE_SECONDS}
    return next(iter(Job.objects.raw(_CLAIM, given)), None)


def beat(job: Job, step: Step) -> Job | None:
    """Extend the lease, write down the step, and hear of a request to cancel.

    Returns the row as it is now; None when the lease is lost.
    """
    given = {
        "id": job.pk,
        "token": job.lease_token,
        "lease": settings.JOB_LEASE_SECONDS,
        "stage": step.stage,
        "page": step.page,
        "pages": step.pages,
    }
    return next(iter(Job.objects.raw(_BEAT, given)), None)


def let_go_when_silent() -> None:
    """Let the database end this transaction when its holder says nothing for the time of a lease.

    Else whoever falls asleep in it (a frozen machine, say) keeps its jobs locked, and the sweep
    goes round them for as long.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
            [f"{round(settings.JOB_LEASE_SECONDS * 1000)}ms"],
        )
