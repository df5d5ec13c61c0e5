"""Sending workers to waiting jobs, tenant by tenant.

Few messages are under way at a time. What waits in the broker waits in the order it came; what
waits in the table is chosen fairly, so a tenant with a thousand jobs delays nobody else's first.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import connection

from documents.broker import waiting_messages, wake_worker
from documents.models import Job
from documents.services.jobs import NUDGED_AT_MOST

# Enough to keep every worker busy until the next look, which is 50 ms away while there is work.
WINDOW = 8

# Each tenant's first waiting jobs, found by hopping through the index job_due, not by reading a
# backlog (its whole order is asked for, else the planner may prefer an index that holds ended jobs
# too); numbered in their order after those that run: everybody's first, everybody's second, …
# A message counts as lost when its job still waits after the time of a lease.
DISPATCH = """
    WITH RECURSIVE waiting(tenant_id) AS (
        (SELECT tenant_id FROM documents_job
         WHERE state = 'queued' ORDER BY tenant_id, run_after, id LIMIT 1)
        UNION ALL
        SELECT (SELECT job.tenant_id FROM documents_job job
                WHERE job.state = 'queued' AND job.tenant_id > waiting.tenant_id
                ORDER BY job.tenant_id, job.run_after, job.id LIMIT 1)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    ), running AS (
        SELECT tenant_id, count(*) AS jobs FROM documents_job
        WHERE state = 'running' GROUP BY tenant_id
    ), chosen AS (
        SELECT due.id, due.turn + coalesce(running.jobs, 0) AS turn
        FROM waiting
        JOIN accounts_tenant tenant ON tenant.id = waiting.tenant_id AND tenant.suspended_at IS NULL
        LEFT JOIN running ON running.tenant_id = waiting.tenant_id
        CROSS JOIN LATERAL (
            SELECT *, row_number() OVER (ORDER BY run_after, id) AS turn FROM (
                SELECT id, run_after, dispatched_at FROM documents_job job
                WHERE job.tenant_id = waiting.tenant_id AND job.state = 'queued'
                    AND job.run_after <= statement_timestamp()
                ORDER BY job.tenant_id, job.run_after, job.id LIMIT %(depth)s
            ) first
        ) due
        WHERE due.dispatched_at IS NULL
            OR due.dispatched_at < statement_timestamp() - make_interval(secs => %(lost_after)s)
        ORDER BY due.turn + coalesce(running.jobs, 0), due.run_after, due.id
        LIMIT %(room)s
    ), taken AS (
        SELECT job.id, chosen.turn FROM documents_job job JOIN chosen ON chosen.id = job.id
        WHERE job.state = 'queued' AND (job.dispatched_at IS NULL
            OR job.dispatched_at < statement_timestamp() - make_interval(secs => %(lost_after)s))
        FOR UPDATE OF job SKIP LOCKED
    )
    UPDATE documents_job SET dispatched_at = statement_timestamp()
    FROM taken WHERE documents_job.id = taken.id
    RETURNING documents_job.id, taken.turn
"""


def dispatch() -> int:
    """Send messages for due jobs while there is room; return how many were sent."""
    if not Job.objects.filter(state=Job.State.QUEUED).exists():
        return 0
    under_way = waiting_messages()
    if under_way is None or under_way >= WINDOW:
        return 0
    sent = 0
    for turn, job_id in sorted(_take(WINDOW - under_way)):
        if wake_worker(job_id, backlog=turn > NUDGED_AT_MOST):
            sent += 1
        else:
            Job.objects.forget_message(job_id)
    return sent


def _take(room: int) -> list[tuple[int, UUID]]:
    """Mark up to ``room`` jobs as dispatched; return turns and ids."""
    given = {"room": room, "depth": 2 * WINDOW, "lost_after": settings.JOB_LEASE_SECONDS}
    with connection.cursor() as cursor:
        cursor.execute(DISPATCH, given)
        return [(turn, job_id) for job_id, turn in cursor.fetchall()]
